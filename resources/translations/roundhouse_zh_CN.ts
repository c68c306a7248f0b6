<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en_US">
<context>
    <name>Audit</name>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
</context>
<context>
    <name>AuditFinding</name>
    <message>
        <source>Entries %1 to %2</source>
        <translation>记录 %1 至 %2</translation>
    </message>
    <message>
        <source>Entry %1</source>
        <translation>记录 %1</translation>
    </message>
    <message>
        <source>the database file is damaged (%1)</source>
        <translation>数据库文件已损坏（%1）</translation>
    </message>
    <message>
        <source>the database&apos;s definition lacks %1</source>
        <translation>数据库定义缺少 %1</translation>
    </message>
    <message>
        <source>the database&apos;s definition of %1 was changed</source>
        <translation>数据库中 %1 的定义被改动</translation>
    </message>
    <message>
        <source>%1 was added to the database and does not belong to an audit log</source>
        <translation>数据库中被添加了 %1，它不属于审计日志</translation>
    </message>
    <message>
        <source>does not belong to the log: entries count from 1</source>
        <translation>不属于此日志：记录从 1 开始编号</translation>
    </message>
    <message>
        <source>missing</source>
        <translation>缺失</translation>
    </message>
    <message>
        <source>was changed: its columns do not give its hash</source>
        <translation>被改动：其各列与其哈希不符</translation>
    </message>
    <message>
        <source>was changed: it does not hold the hash of the entry before</source>
        <translation>被改动：其中不是前一条记录的哈希</translation>
    </message>
    <message>
        <source>was replaced: entry %1 was chained to another in its place</source>
        <translation>被替换：记录 %1 原本链接的是另一条记录</translation>
    </message>
    <message>
        <source>is not the first of this log: it was chained to another before it</source>
        <translation>不是此日志的首条记录：它链接着更早的记录</translation>
    </message>
    <message>
        <source>has the unknown format %1</source>
        <translation>格式 %1 未知</translation>
    </message>
    <message>
        <source>before it, the log had been cut, replaced or restored: %1</source>
        <translation>在此之前，日志曾被截断、替换或恢复：%1</translation>
    </message>
    <message>
        <source>its texts cannot be read (%1)</source>
        <translation>其文本无法读取（%1）</translation>
    </message>
    <message>
        <source>the text “%1” was added later</source>
        <translation>文本“%1”是后来添加的</translation>
    </message>
    <message>
        <source>the text “%1” was deleted, and no entry says why</source>
        <translation>文本“%1”被删除，且没有记录说明原因</translation>
    </message>
    <message>
        <source>the text “%1” was changed</source>
        <translation>文本“%1”被改动</translation>
    </message>
    <message>
        <source>the salt of the text “%1” was changed</source>
        <translation>文本“%1”的盐值被改动</translation>
    </message>
    <message>
        <source>the text “%1” is there although entry %2 redacted it</source>
        <translation>文本“%1”仍在，尽管记录 %2 已将其抹除</translation>
    </message>
    <message>
        <source>the text “%1” has no entry in the log</source>
        <translation>文本“%1”在日志中没有对应记录</translation>
    </message>
    <message>
        <source>the head outside the database cannot be read (%1)</source>
        <translation>数据库外的链头无法读取（%1）</translation>
    </message>
    <message>
        <source>the head outside the database is missing (%1)</source>
        <translation>数据库外的链头缺失（%1）</translation>
    </message>
    <message>
        <source>missing at the end: the log was cut, or replaced by an older copy (%1 knows better)</source>
        <translation>在末尾缺失：日志被截断，或被旧副本替换（%1 记有更多）</translation>
    </message>
    <message>
        <source>not the one that %1 knows: the log was rewritten up to here, or replaced by another</source>
        <translation>与 %1 所记的不同：日志到此处为止被重写，或被另一日志替换</translation>
    </message>
    <message>
        <source>added past the log: the head outside the database does not know of it (%1)</source>
        <translation>绕过日志添加：数据库外的链头没有记载（%1）</translation>
    </message>
    <message>
        <source>is dated before entry %1: the clock was set back</source>
        <translation>的时间早于记录 %1：时钟曾被拨回</translation>
    </message>
    <message>
        <source>the search index was wrong and was made anew (%1)</source>
        <translation>搜索索引有误，已重建（%1）</translation>
    </message>
    <message>
        <source>the search index could not be checked (%1)</source>
        <translation>无法检查搜索索引（%1）</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>The log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>it ended with entry %1, and there was %2</source>
        <translation>它止于条目 %1，而且%2</translation>
    </message>
    <message>
        <source>it ended with entry %1, and the head outside told of entry %2</source>
        <translation>它止于条目 %1，而外部链头记录的是条目 %2</translation>
    </message>
</context>
<context>
    <name>ChatPanel</name>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
</context>
<context>
    <name>EngineText</name>
    <message>
        <source>open file</source>
        <translation>打开文件</translation>
    </message>
    <message>
        <source>read GGUF file</source>
        <translation>读取 GGUF 文件</translation>
    </message>
    <message>
        <source>read GGUF metadata</source>
        <translation>读取 GGUF 元数据</translation>
    </message>
    <message>
        <source>open split GGUF model</source>
        <translation>打开分卷 GGUF 模型</translation>
    </message>
    <message>
        <source>read split GGUF model</source>
        <translation>读取分卷 GGUF 模型</translation>
    </message>
    <message>
        <source>open safetensors model</source>
        <translation>打开 safetensors 模型</translation>
    </message>
    <message>
        <source>read safetensors file</source>
        <translation>读取 safetensors 文件</translation>
    </message>
    <message>
        <source>find tensor</source>
        <translation>查找张量</translation>
    </message>
    <message>
        <source>read tensor</source>
        <translation>读取张量</translation>
    </message>
    <message>
        <source>read model</source>
        <translation>读取模型</translation>
    </message>
    <message>
        <source>load model</source>
        <translation>加载模型</translation>
    </message>
    <message>
        <source>read tokenizer</source>
        <translation>读取分词器</translation>
    </message>
    <message>
        <source>read trace</source>
        <translation>读取路由记录</translation>
    </message>
    <message>
        <source>compare traces</source>
        <translation>比较路由记录</translation>
    </message>
    <message>
        <source>load routing edits</source>
        <translation>加载路由修改</translation>
    </message>
    <message>
        <source>check routing edits</source>
        <translation>检查路由修改</translation>
    </message>
    <message>
        <source>check sampling settings</source>
        <translation>检查采样设置</translation>
    </message>
    <message>
        <source>build prompt</source>
        <translation>构建提示词</translation>
    </message>
    <message>
        <source>write file</source>
        <translation>写入文件</translation>
    </message>
    <message>
        <source>create folder</source>
        <translation>创建文件夹</translation>
    </message>
    <message>
        <source>open folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>attach file</source>
        <translation>附加文件</translation>
    </message>
    <message>
        <source>open conversation</source>
        <translation>打开对话</translation>
    </message>
    <message>
        <source>read conversation</source>
        <translation>读取对话</translation>
    </message>
    <message>
        <source>import conversation</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>export conversation</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>save message</source>
        <translation>保存消息</translation>
    </message>
    <message>
        <source>delete kept answers</source>
        <translation>删除保留的回答</translation>
    </message>
    <message>
        <source>set damaged conversations aside</source>
        <translation>封存损坏的对话</translation>
    </message>
    <message>
        <source>open the audit log</source>
        <translation>打开审计日志</translation>
    </message>
    <message>
        <source>verify the audit log</source>
        <translation>校验审计日志</translation>
    </message>
    <message>
        <source>lock the audit log</source>
        <translation>锁定审计日志</translation>
    </message>
    <message>
        <source>append to the audit log</source>
        <translation>写入审计日志</translation>
    </message>
    <message>
        <source>search the audit log</source>
        <translation>搜索审计日志</translation>
    </message>
    <message>
        <source>read from the audit log</source>
        <translation>读取审计日志</translation>
    </message>
    <message>
        <source>read the head of the audit log</source>
        <translation>读取审计日志的链头</translation>
    </message>
    <message>
        <source>redact</source>
        <translation>抹除</translation>
    </message>
    <message>
        <source>a readable file</source>
        <translation>可读的文件</translation>
    </message>
    <message>
        <source>a regular file</source>
        <translation>普通文件</translation>
    </message>
    <message>
        <source>a folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>a special file</source>
        <translation>特殊文件</translation>
    </message>
    <message>
        <source>a file with content</source>
        <translation>有内容的文件</translation>
    </message>
    <message>
        <source>an empty file</source>
        <translation>空文件</translation>
    </message>
    <message>
        <source>no data</source>
        <translation>没有数据</translation>
    </message>
    <message>
        <source>zeros</source>
        <translation>全为零</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>什么也没有</translation>
    </message>
    <message>
        <source>none</source>
        <translation>没有</translation>
    </message>
    <message>
        <source>neither</source>
        <translation>两者皆无</translation>
    </message>
    <message>
        <source>fewer</source>
        <translation>更少</translation>
    </message>
    <message>
        <source>more data</source>
        <translation>更多数据</translation>
    </message>
    <message>
        <source>a longer one</source>
        <translation>更长</translation>
    </message>
    <message>
        <source>the end of the file at %1 bytes</source>
        <translation>文件在 %1 字节处结束</translation>
    </message>
    <message>
        <source>only %1 bytes until the end of the file</source>
        <translation>到文件结尾仅剩 %1 字节</translation>
    </message>
    <message>
        <source>%1 bytes as when it was opened</source>
        <translation>与打开时相同的 %1 字节</translation>
    </message>
    <message>
        <source>%1 bytes: another program changed it</source>
        <translation>%1 字节：被其他程序改动</translation>
    </message>
    <message>
        <source>the content of when it was opened</source>
        <translation>与打开时相同的内容</translation>
    </message>
    <message>
        <source>a later modification by another program</source>
        <translation>之后被其他程序修改</translation>
    </message>
    <message>
        <source>readable content</source>
        <translation>可读的内容</translation>
    </message>
    <message>
        <source>a page that the disk could not deliver</source>
        <translation>磁盘无法读出的一页</translation>
    </message>
    <message>
        <source>no file manager took it</source>
        <translation>没有可用的文件管理器</translation>
    </message>
    <message>
        <source>No such file or directory</source>
        <translation>文件或文件夹不存在</translation>
    </message>
    <message>
        <source>Permission denied</source>
        <translation>权限不足</translation>
    </message>
    <message>
        <source>No space left on device</source>
        <translation>磁盘空间已满</translation>
    </message>
    <message>
        <source>Read-only file system</source>
        <translation>文件系统只读</translation>
    </message>
    <message>
        <source>Is a directory</source>
        <translation>是文件夹</translation>
    </message>
    <message>
        <source>a GGUF file (it starts with &apos;GGUF&apos;)</source>
        <translation>GGUF 文件（以 &apos;GGUF&apos; 开头）</translation>
    </message>
    <message>
        <source>a GGUF file</source>
        <translation>GGUF 文件</translation>
    </message>
    <message>
        <source>a safetensors file (8 bytes of header length, then JSON)</source>
        <translation>safetensors 文件（8 字节文件头长度，然后是 JSON）</translation>
    </message>
    <message>
        <source>a safetensors file (JSON after 8 bytes of header length)</source>
        <translation>safetensors 文件（8 字节文件头长度之后是 JSON）</translation>
    </message>
    <message>
        <source>a safetensors file</source>
        <translation>safetensors 文件</translation>
    </message>
    <message>
        <source>a Git LFS pointer (the file itself was not downloaded)</source>
        <translation>Git LFS 指针（文件本身尚未下载）</translation>
    </message>
    <message>
        <source>a ZIP archive (perhaps a PyTorch checkpoint)</source>
        <translation>ZIP 压缩包（可能是 PyTorch 检查点）</translation>
    </message>
    <message>
        <source>a GGML file from before GGUF</source>
        <translation>GGUF 之前的 GGML 文件</translation>
    </message>
    <message>
        <source>a web page (perhaps a failed download)</source>
        <translation>网页（可能是下载失败）</translation>
    </message>
    <message>
        <source>GGUF version 2 or 3</source>
        <translation>GGUF 版本 2 或 3</translation>
    </message>
    <message>
        <source>a big-endian file</source>
        <translation>大端序文件</translation>
    </message>
    <message>
        <source>model.safetensors or model.safetensors.index.json in the folder</source>
        <translation>文件夹中有 model.safetensors 或 model.safetensors.index.json</translation>
    </message>
    <message>
        <source>a file beside the weights</source>
        <translation>权重旁的文件</translation>
    </message>
    <message>
        <source>another name</source>
        <translation>其他名称</translation>
    </message>
    <message>
        <source>a file name that ends with %1, as its metadata say</source>
        <translation>按其元数据以 %1 结尾的文件名</translation>
    </message>
    <message>
        <source>part %1 of %2</source>
        <translation>第 %1 卷，共 %2 卷</translation>
    </message>
    <message>
        <source>no such key</source>
        <translation>没有此键</translation>
    </message>
    <message>
        <source>no such tensor</source>
        <translation>没有此张量</translation>
    </message>
    <message>
        <source>another kind of value</source>
        <translation>其他类型的值</translation>
    </message>
    <message>
        <source>a known tensor type</source>
        <translation>已知的张量类型</translation>
    </message>
    <message>
        <source>a known type</source>
        <translation>已知的类型</translation>
    </message>
    <message>
        <source>a token embedding</source>
        <translation>词元嵌入</translation>
    </message>
    <message>
        <source>no rotary scaling</source>
        <translation>无旋转位置缩放</translation>
    </message>
    <message>
        <source>each tensor once</source>
        <translation>每个张量各一次</translation>
    </message>
    <message>
        <source>its name a second time</source>
        <translation>其名称重复出现</translation>
    </message>
    <message>
        <source>each key once</source>
        <translation>每个键各一次</translation>
    </message>
    <message>
        <source>the key a second time</source>
        <translation>该键重复出现</translation>
    </message>
    <message>
        <source>at most %1, for which the file has room</source>
        <translation>至多 %1（文件只容得下这么多）</translation>
    </message>
    <message>
        <source>an architecture among %1</source>
        <translation>以下架构之一：%1</translation>
    </message>
    <message>
        <source>a tensor of shape %1</source>
        <translation>形状为 %1 的张量</translation>
    </message>
    <message>
        <source>shape %1 (experts, rows, columns)</source>
        <translation>形状 %1（专家、行、列）</translation>
    </message>
    <message>
        <source>a gating function from 1 to 4</source>
        <translation>门控函数 1 至 4</translation>
    </message>
    <message>
        <source>a header of at most %1 bytes</source>
        <translation>文件头至多 %1 字节</translation>
    </message>
    <message>
        <source>at most %1 tokens in its vocabulary</source>
        <translation>词表至多 %1 个词元</translation>
    </message>
    <message>
        <source>%1 bytes of free memory for its weights</source>
        <translation>为其权重提供 %1 字节空闲内存</translation>
    </message>
    <message>
        <source>none free</source>
        <translation>没有空闲</translation>
    </message>
    <message>
        <source>a context of at most %1 tokens</source>
        <translation>上下文至多 %1 个词元</translation>
    </message>
    <message>
        <source>up to %1 tokens</source>
        <translation>至多 %1 个词元</translation>
    </message>
    <message>
        <source>fewer tokens than the context of %1</source>
        <translation>词元数少于上下文的 %1</translation>
    </message>
    <message>
        <source>an audit log</source>
        <translation>审计日志</translation>
    </message>
    <message>
        <source>an empty database</source>
        <translation>空数据库</translation>
    </message>
    <message>
        <source>an undamaged SQLite database</source>
        <translation>未损坏的 SQLite 数据库</translation>
    </message>
    <message>
        <source>room on the disk</source>
        <translation>磁盘空间</translation>
    </message>
    <message>
        <source>a database that can be read and written here</source>
        <translation>在此可读写的数据库</translation>
    </message>
    <message>
        <source>to get the database&apos;s lock in time</source>
        <translation>及时取得数据库的锁</translation>
    </message>
    <message>
        <source>the log of %1 entries that %2 tells of</source>
        <translation>%2 所记的 %1 条记录的日志</translation>
    </message>
    <message>
        <source>the log that %1 belongs to</source>
        <translation>%1 所属的日志</translation>
    </message>
    <message>
        <source>the log does not end where its head outside says: it was cut, replaced or restored</source>
        <translation>日志的结尾与数据库外的链头不符：它曾被截断、替换或恢复</translation>
    </message>
    <message>
        <source>its words may still stand in the search index (%1)</source>
        <translation>其中的词可能仍在搜索索引中（%1）</translation>
    </message>
    <message>
        <source>it may still stand in %1 until other programs close the log</source>
        <translation>在其他程序关闭日志之前，它可能仍在 %1 中</translation>
    </message>
    <message>
        <source>%1. The damaged file is kept as %2; %3 conversations with %4 messages could be taken over from it, %5 rows could not</source>
        <translation>%1。损坏的文件保留为 %2；从中恢复了 %3 个对话、%4 条消息，另有 %5 行无法恢复</translation>
    </message>
    <message>
        <source>%1. The damaged file is kept as %2; %3 conversations with %4 messages could be taken over from it</source>
        <translation>%1。损坏的文件保留为 %2；从中恢复了 %3 个对话、%4 条消息</translation>
    </message>
    <message>
        <source>version in %1</source>
        <translation>%1 的版本</translation>
    </message>
    <message>
        <source>counts in %1</source>
        <translation>%1 的计数</translation>
    </message>
    <message>
        <source>number of tensors in %1</source>
        <translation>%1 的张量数</translation>
    </message>
    <message>
        <source>number of metadata entries in %1</source>
        <translation>%1 的元数据条数</translation>
    </message>
    <message>
        <source>metadata key %1 of %2 in %3</source>
        <translation>%3 的第 %1 个元数据键（共 %2 个）</translation>
    </message>
    <message>
        <source>metadata %1 in %2</source>
        <translation>%2 的元数据 %1</translation>
    </message>
    <message>
        <source>name of tensor %1 of %2 in %3</source>
        <translation>%3 的第 %1 个张量名（共 %2 个）</translation>
    </message>
    <message>
        <source>header in %1</source>
        <translation>%1 的文件头</translation>
    </message>
    <message>
        <source>data in %1</source>
        <translation>%1 的数据</translation>
    </message>
    <message>
        <source>tensor %1 in %2</source>
        <translation>%2 中的张量 %1</translation>
    </message>
    <message>
        <source>at most %1</source>
        <translation>至多 %1</translation>
    </message>
    <message>
        <source>version %1</source>
        <translation>版本 %1</translation>
    </message>
    <message>
        <source>type %1</source>
        <translation>类型 %1</translation>
    </message>
    <message>
        <source>%1 bytes</source>
        <translation>%1 字节</translation>
    </message>
    <message>
        <source>log the answer</source>
        <translation>记录回答</translation>
    </message>
    <message>
        <source>read file</source>
        <translation>读取文件</translation>
    </message>
    <message>
        <source>create file</source>
        <translation>创建文件</translation>
    </message>
    <message>
        <source>verify file</source>
        <translation>校验文件</translation>
    </message>
    <message>
        <source>digest file</source>
        <translation>计算文件摘要</translation>
    </message>
    <message>
        <source>compute SHA-256</source>
        <translation>计算 SHA-256</translation>
    </message>
    <message>
        <source>read JSON</source>
        <translation>读取 JSON</translation>
    </message>
    <message>
        <source>read tokenizer.json</source>
        <translation>读取 tokenizer.json</translation>
    </message>
    <message>
        <source>read tensor as f32</source>
        <translation>以 f32 读取张量</translation>
    </message>
    <message>
        <source>read tensor as integers</source>
        <translation>以整数读取张量</translation>
    </message>
    <message>
        <source>read routing edits</source>
        <translation>读取路由修改</translation>
    </message>
    <message>
        <source>write trace</source>
        <translation>写入路由记录</translation>
    </message>
    <message>
        <source>write GGUF file</source>
        <translation>写入 GGUF 文件</translation>
    </message>
    <message>
        <source>write safetensors file</source>
        <translation>写入 safetensors 文件</translation>
    </message>
    <message>
        <source>choose adapter</source>
        <translation>选择适配器</translation>
    </message>
    <message>
        <source>choose instruction set</source>
        <translation>选择指令集</translation>
    </message>
    <message>
        <source>create engine</source>
        <translation>创建引擎</translation>
    </message>
    <message>
        <source>create backend</source>
        <translation>创建后端</translation>
    </message>
    <message>
        <source>create CPU backend</source>
        <translation>创建 CPU 后端</translation>
    </message>
    <message>
        <source>create session</source>
        <translation>创建会话</translation>
    </message>
    <message>
        <source>create KV cache</source>
        <translation>创建 KV 缓存</translation>
    </message>
    <message>
        <source>create tokenizer</source>
        <translation>创建分词器</translation>
    </message>
    <message>
        <source>compile pre-tokenizer expression</source>
        <translation>编译预分词表达式</translation>
    </message>
    <message>
        <source>split text</source>
        <translation>切分文本</translation>
    </message>
    <message>
        <source>decode tokens</source>
        <translation>解码 token</translation>
    </message>
    <message>
        <source>stack experts</source>
        <translation>合并专家张量</translation>
    </message>
    <message>
        <source>prepare weight</source>
        <translation>准备权重</translation>
    </message>
    <message>
        <source>run model</source>
        <translation>运行模型</translation>
    </message>
    <message>
        <source>allocate</source>
        <translation>分配内存</translation>
    </message>
    <message>
        <source>allocate memory</source>
        <translation>分配内存</translation>
    </message>
    <message>
        <source>quantize</source>
        <translation>量化</translation>
    </message>
    <message>
        <source>dequantize</source>
        <translation>反量化</translation>
    </message>
    <message>
        <source>start generation</source>
        <translation>开始生成</translation>
    </message>
    <message>
        <source>reset session</source>
        <translation>重置会话</translation>
    </message>
    <message>
        <source>score continuations</source>
        <translation>为续写打分</translation>
    </message>
    <message>
        <source>open the database</source>
        <translation>打开数据库</translation>
    </message>
    <message>
        <source>read from the database</source>
        <translation>读取数据库</translation>
    </message>
    <message>
        <source>open the search index</source>
        <translation>打开搜索索引</translation>
    </message>
    <message>
        <source>index the audit log</source>
        <translation>为审计日志建立索引</translation>
    </message>
    <message>
        <source>read audit entry</source>
        <translation>读取审计条目</translation>
    </message>
    <message>
        <source>export the audit log</source>
        <translation>导出审计日志</translation>
    </message>
    <message>
        <source>sign the export</source>
        <translation>为导出签名</translation>
    </message>
    <message>
        <source>set the audit log aside</source>
        <translation>搁置审计日志</translation>
    </message>
    <message>
        <source>write the head of the audit log</source>
        <translation>写入审计日志的链头</translation>
    </message>
    <message>
        <source>%1 bytes of memory for its weights</source>
        <translation>其权重所需的 %1 字节内存</translation>
    </message>
    <message>
        <source>%1 in all</source>
        <translation>总共 %1</translation>
    </message>
    <message>
        <source>no such file or folder</source>
        <translation>没有这个文件或文件夹</translation>
    </message>
    <message>
        <source>a model file or folder</source>
        <translation>模型文件或文件夹</translation>
    </message>
    <message>
        <source>a folder or nothing there</source>
        <translation>文件夹，或者什么都没有</translation>
    </message>
    <message>
        <source>a file</source>
        <translation>一个文件</translation>
    </message>
    <message>
        <source>a regular file to replace</source>
        <translation>可替换的普通文件</translation>
    </message>
    <message>
        <source>a free temporary name</source>
        <translation>可用的临时文件名</translation>
    </message>
    <message>
        <source>none in 100 attempts</source>
        <translation>试了 100 次都没有</translation>
    </message>
    <message>
        <source>a second one</source>
        <translation>第二次</translation>
    </message>
    <message>
        <source>one commit</source>
        <translation>一次提交</translation>
    </message>
    <message>
        <source>%1 bytes from %2 bytes after byte %3 on</source>
        <translation>从第 %3 字节之后 %2 字节起的 %1 字节</translation>
    </message>
    <message>
        <source>%1 tensors in %2 files</source>
        <translation>%2 个文件中的 %1 个张量</translation>
    </message>
    <message>
        <source>each tensor in one file</source>
        <translation>每个张量只在一个文件中</translation>
    </message>
    <message>
        <source>it in an earlier file too</source>
        <translation>前面的文件中也有</translation>
    </message>
    <message>
        <source>it there, as the index says</source>
        <translation>如索引所说在那里</translation>
    </message>
    <message>
        <source>the name of a file beside the index</source>
        <translation>索引旁边的文件名</translation>
    </message>
    <message>
        <source>split.no below split.count, at most %1</source>
        <translation>split.no 小于 split.count，最多 %1</translation>
    </message>
    <message>
        <source>a multiple of %1 values</source>
        <translation>%1 的整数倍个值</translation>
    </message>
    <message>
        <source>a text &quot;model_type&quot;</source>
        <translation>文本 &quot;model_type&quot;</translation>
    </message>
    <message>
        <source>a token id</source>
        <translation>token 编号</translation>
    </message>
    <message>
        <source>an array</source>
        <translation>数组</translation>
    </message>
    <message>
        <source>an object</source>
        <translation>一个对象</translation>
    </message>
    <message>
        <source>an integer from -1</source>
        <translation>不小于 -1 的整数</translation>
    </message>
    <message>
        <source>disable, boost or force</source>
        <translation>disable、boost 或 force</translation>
    </message>
    <message>
        <source>at least one token</source>
        <translation>至少一个 token</translation>
    </message>
    <message>
        <source>a match within its limits</source>
        <translation>在限度之内的匹配</translation>
    </message>
    <message>
        <source>bytes that match their SHA-256</source>
        <translation>与其 SHA-256 相符的字节</translation>
    </message>
    <message>
        <source>a working OpenSSL context</source>
        <translation>可用的 OpenSSL 上下文</translation>
    </message>
    <message>
        <source>failure</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>enough free memory</source>
        <translation>足够的空闲内存</translation>
    </message>
    <message>
        <source>memory for activations</source>
        <translation>激活值所需的内存</translation>
    </message>
    <message>
        <source>host memory</source>
        <translation>主机内存</translation>
    </message>
    <message>
        <source>positive sizes</source>
        <translation>正的大小</translation>
    </message>
    <message>
        <source>finite logits</source>
        <translation>有限的 logits</translation>
    </message>
    <message>
        <source>no adapter (none are read yet)</source>
        <translation>没有适配器（目前尚不支持读取）</translation>
    </message>
    <message>
        <source>one that was loaded with the model</source>
        <translation>与模型一同加载的适配器</translation>
    </message>
    <message>
        <source>none of that name</source>
        <translation>没有这个名称</translation>
    </message>
    <message>
        <source>an idle session</source>
        <translation>空闲的会话</translation>
    </message>
    <message>
        <source>one that is generating</source>
        <translation>正在生成的会话</translation>
    </message>
    <message>
        <source>as many messages as before</source>
        <translation>与之前一样多的消息</translation>
    </message>
    <message>
        <source>the answer to be continued as the last message</source>
        <translation>要续写的回答作为最后一条消息</translation>
    </message>
    <message>
        <source>another one</source>
        <translation>另一个</translation>
    </message>
    <message>
        <source>bytes that are none</source>
        <translation>不是 UTF-8 的字节</translation>
    </message>
    <message>
        <source>a log opened for writing</source>
        <translation>以写入方式打开的日志</translation>
    </message>
    <message>
        <source>one opened read-only</source>
        <translation>以只读方式打开的日志</translation>
    </message>
    <message>
        <source>held by another program</source>
        <translation>被另一个程序占用</translation>
    </message>
    <message>
        <source>an entry of the log</source>
        <translation>日志中的条目</translation>
    </message>
    <message>
        <source>a text that is there</source>
        <translation>还在的文本</translation>
    </message>
    <message>
        <source>none (already redacted?)</source>
        <translation>没有（已经抹除？）</translation>
    </message>
    <message>
        <source>the list of its texts&apos; salted hashes</source>
        <translation>其文本的加盐哈希列表</translation>
    </message>
    <message>
        <source>the last entry&apos;s sequence and hash</source>
        <translation>最后一个条目的序号和哈希</translation>
    </message>
    <message>
        <source>the database&apos;s path</source>
        <translation>数据库的路径</translation>
    </message>
    <message>
        <source>the name of one</source>
        <translation>一个名称</translation>
    </message>
    <message>
        <source>an empty name</source>
        <translation>空名称</translation>
    </message>
    <message>
        <source>a row</source>
        <translation>一行</translation>
    </message>
    <message>
        <source>cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>stopped on request</source>
        <translation>按要求停止</translation>
    </message>
    <message>
        <source>a cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>chat template</source>
        <translation>对话模板</translation>
    </message>
    <message>
        <source>continuation</source>
        <translation>续写</translation>
    </message>
    <message>
        <source>conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>prompt hooks</source>
        <translation>提示词钩子</translation>
    </message>
    <message>
        <source>session</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>digest</source>
        <translation>摘要</translation>
    </message>
    <message>
        <source>page limit</source>
        <translation>每页条数</translation>
    </message>
    <message>
        <source>search index</source>
        <translation>搜索索引</translation>
    </message>
    <message>
        <source>pre-tokenizer</source>
        <translation>预分词器</translation>
    </message>
    <message>
        <source>no head file</source>
        <translation>没有链头文件</translation>
    </message>
    <message>
        <source>an unreadable head file</source>
        <translation>无法读取的链头文件</translation>
    </message>
    <message>
        <source>weight_map &apos;%1&apos; in %2</source>
        <translation>%2 中的 weight_map &apos;%1&apos;</translation>
    </message>
    <message>
        <source>&apos;%1&apos; in %2</source>
        <translation>%2 中的 &apos;%1&apos;</translation>
    </message>
    <message>
        <source>trigger %1</source>
        <translation>触发器 %1</translation>
    </message>
    <message>
        <source>table %1</source>
        <translation>表 %1</translation>
    </message>
    <message>
        <source>index %1</source>
        <translation>索引 %1</translation>
    </message>
    <message>
        <source>a symbolic link</source>
        <translation>符号链接</translation>
    </message>
    <message>
        <source>a disk that can be read and written</source>
        <translation>可读写的磁盘</translation>
    </message>
    <message>
        <source>no space left on the disk</source>
        <translation>磁盘空间不足</translation>
    </message>
    <message>
        <source>permission denied</source>
        <translation>没有权限</translation>
    </message>
    <message>
        <source>the log was tampered with (%1 findings), and the export says so: %2</source>
        <translation>日志已被篡改（%1 处发现），导出文件中已注明：%2</translation>
    </message>
    <message>
        <source>0 to 6</source>
        <translation>0 到 6</translation>
    </message>
    <message>
        <source>1 to 10000</source>
        <translation>1 到 10000</translation>
    </message>
    <message>
        <source>1 to 1024</source>
        <translation>1 到 1024</translation>
    </message>
    <message>
        <source>a number within ±%1</source>
        <translation>±%1 以内的数</translation>
    </message>
    <message>
        <source>an integer beyond 64 bits</source>
        <translation>超出 64 位的整数</translation>
    </message>
    <message>
        <source>characters by name (\N)</source>
        <translation>按名称写的字符（\N）</translation>
    </message>
    <message>
        <source>column texts</source>
        <translation>texts 列</translation>
    </message>
    <message>
        <source>layouts</source>
        <translation>布局</translation>
    </message>
    <message>
        <source>options</source>
        <translation>选项</translation>
    </message>
    <message>
        <source>parse</source>
        <translation>解析</translation>
    </message>
    <message>
        <source>loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>differentiate</source>
        <translation>求导</translation>
    </message>
    <message>
        <source>value %1 of %2 as %3</source>
        <translation>%2 的第 %1 个值（作为 %3）</translation>
    </message>
    <message>
        <source>F32, F16, BF16, F64, I32 or I64</source>
        <translation>F32、F16、BF16、F64、I32 或 I64</translation>
    </message>
    <message>
        <source>I8, I16, I32, I64, U8, U16, U32 or BOOL</source>
        <translation>I8、I16、I32、I64、U8、U16、U32 或 BOOL</translation>
    </message>
    <message>
        <source>f32, f16 or bf16</source>
        <translation>f32、f16 或 bf16</translation>
    </message>
    <message>
        <source>f32, f16, bf16, q8_0, q4_0, q4_k or q6_k</source>
        <translation>f32、f16、bf16、q8_0、q4_0、q4_k 或 q6_k</translation>
    </message>
    <message>
        <source>save conversation</source>
        <translation>保存对话</translation>
    </message>
    <message>
        <source>open the conversations</source>
        <translation>打开对话数据库</translation>
    </message>
    <message>
        <source>list conversations</source>
        <translation>列出对话</translation>
    </message>
    <message>
        <source>list removed conversations</source>
        <translation>列出已删除的对话</translation>
    </message>
    <message>
        <source>delete conversations for good</source>
        <translation>彻底删除对话</translation>
    </message>
    <message>
        <source>look for changes by others</source>
        <translation>查看其他程序的更改</translation>
    </message>
    <message>
        <source>update the database&apos;s schema</source>
        <translation>更新数据库结构</translation>
    </message>
    <message>
        <source>check the database&apos;s schema</source>
        <translation>检查数据库结构</translation>
    </message>
    <message>
        <source>take over conversations from a damaged database</source>
        <translation>从损坏的数据库恢复对话</translation>
    </message>
    <message>
        <source>keep the tokens of an answer</source>
        <translation>保存回答的词元</translation>
    </message>
    <message>
        <source>read the tokens of an answer</source>
        <translation>读取回答的词元</translation>
    </message>
    <message>
        <source>delete the tokens of a conversation</source>
        <translation>删除对话的词元</translation>
    </message>
    <message>
        <source>bring back what was not saved</source>
        <translation>取回未保存的内容</translation>
    </message>
    <message>
        <source>keep what is not saved</source>
        <translation>保留未保存的内容</translation>
    </message>
    <message>
        <source>write conversations to the disk</source>
        <translation>将对话写入磁盘</translation>
    </message>
    <message>
        <source>delete a file that was taken in</source>
        <translation>删除已导入的文件</translation>
    </message>
    <message>
        <source>more</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>the database&apos;s lock in time (another program holds it)</source>
        <translation>及时取得数据库的锁（其他程序正占用）</translation>
    </message>
    <message>
        <source>a database that no other program changes meanwhile</source>
        <translation>期间没有其他程序更改的数据库</translation>
    </message>
    <message>
        <source>tables that it fits</source>
        <translation>与之相符的表</translation>
    </message>
    <message>
        <source>the tables of a database of conversations</source>
        <translation>对话数据库的表</translation>
    </message>
    <message>
        <source>the tables as they were</source>
        <translation>原来的表</translation>
    </message>
    <message>
        <source>an undamaged database</source>
        <translation>未损坏的数据库</translation>
    </message>
    <message>
        <source>the file that was open</source>
        <translation>原先打开的文件</translation>
    </message>
    <message>
        <source>an empty file with a log</source>
        <translation>带日志的空文件</translation>
    </message>
    <message>
        <source>a file that can be read and written</source>
        <translation>可读写的文件</translation>
    </message>
    <message>
        <source>a file that no other program writes</source>
        <translation>没有其他程序正在写入的文件</translation>
    </message>
    <message>
        <source>a file that can be read</source>
        <translation>可读取的文件</translation>
    </message>
    <message>
        <source>a folder that can be written</source>
        <translation>可写入的文件夹</translation>
    </message>
    <message>
        <source>room for a copy</source>
        <translation>存放副本的空间</translation>
    </message>
    <message>
        <source>permission to rename it</source>
        <translation>重命名的权限</translation>
    </message>
    <message>
        <source>permission</source>
        <translation>权限</translation>
    </message>
    <message>
        <source>success</source>
        <translation>成功</translation>
    </message>
    <message>
        <source>a copy before the change</source>
        <translation>更改前的副本</translation>
    </message>
    <message>
        <source>an id</source>
        <translation>标识</translation>
    </message>
    <message>
        <source>a conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>a conversation that is stored</source>
        <translation>已存储的对话</translation>
    </message>
    <message>
        <source>a message that is stored</source>
        <translation>已存储的消息</translation>
    </message>
    <message>
        <source>a kept answer</source>
        <translation>已保留的回答</translation>
    </message>
    <message>
        <source>a parent in the same conversation</source>
        <translation>同一对话中的上级消息</translation>
    </message>
    <message>
        <source>the time that it takes</source>
        <translation>所需的时间</translation>
    </message>
    <message>
        <source>the end of the program</source>
        <translation>程序结束</translation>
    </message>
    <message>
        <source>it has just changed</source>
        <translation>刚刚被更改</translation>
    </message>
    <message>
        <source>it has changed</source>
        <translation>已被更改</translation>
    </message>
    <message>
        <source>another program changes them</source>
        <translation>其他程序正在更改</translation>
    </message>
    <message>
        <source>version %1 or older</source>
        <translation>版本 %1 或更早</translation>
    </message>
    <message>
        <source>the tables of version %1</source>
        <translation>版本 %1 的表</translation>
    </message>
    <message>
        <source>database is locked</source>
        <translation>数据库已被锁定</translation>
    </message>
    <message>
        <source>database disk image is malformed</source>
        <translation>数据库文件已损坏</translation>
    </message>
    <message>
        <source>file is not a database</source>
        <translation>文件不是数据库</translation>
    </message>
    <message>
        <source>database or disk is full</source>
        <translation>数据库或磁盘已满</translation>
    </message>
    <message>
        <source>disk I/O error</source>
        <translation>磁盘读写错误</translation>
    </message>
    <message>
        <source>attempt to write a readonly database</source>
        <translation>数据库为只读，无法写入</translation>
    </message>
    <message>
        <source>unable to open database file</source>
        <translation>无法打开数据库文件</translation>
    </message>
    <message>
        <source>another program put another file in its place</source>
        <translation>其他程序用另一个文件替换了它</translation>
    </message>
    <message>
        <source>another program deleted or moved it</source>
        <translation>其他程序删除或移动了它</translation>
    </message>
    <message>
        <source>%1; it was damaged, and %2 conversations with %3 messages could be taken over from it, %4 rows could not</source>
        <translation>%1；它已损坏，从中恢复了 %2 个对话、%3 条消息，另有 %4 行无法恢复</translation>
    </message>
    <message>
        <source>%1; it was damaged, and %2 conversations with %3 messages could be taken over from it</source>
        <translation>%1；它已损坏，从中恢复了 %2 个对话、%3 条消息</translation>
    </message>
    <message>
        <source>%1. What was in it is kept as %2</source>
        <translation>%1。原有内容保留为 %2</translation>
    </message>
    <message>
        <source>%1. What was in it stands there again</source>
        <translation>%1。原有内容已放回原处</translation>
    </message>
    <message>
        <source>%1, after damage was found: %2</source>
        <translation>%1，此前发现损坏：%2</translation>
    </message>
    <message>
        <source>a number</source>
        <translation>数字</translation>
    </message>
    <message>
        <source>a text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>true or false</source>
        <translation>真或假</translation>
    </message>
    <message>
        <source>something else</source>
        <translation>其他内容</translation>
    </message>
    <message>
        <source>an array as &quot;%1&quot;</source>
        <translation>“%1”为数组</translation>
    </message>
    <message>
        <source>an object as &quot;%1&quot;</source>
        <translation>“%1”为对象</translation>
    </message>
    <message>
        <source>a text as &quot;%1&quot;</source>
        <translation>“%1”为文本</translation>
    </message>
    <message>
        <source>a number as &quot;%1&quot;</source>
        <translation>“%1”为数字</translation>
    </message>
    <message>
        <source>true or false as &quot;%1&quot;</source>
        <translation>“%1”为真或假</translation>
    </message>
    <message>
        <source>an object for each conversation</source>
        <translation>每个对话为一个对象</translation>
    </message>
    <message>
        <source>an object for each message</source>
        <translation>每条消息为一个对象</translation>
    </message>
    <message>
        <source>a conversation&apos;s id</source>
        <translation>对话的标识</translation>
    </message>
    <message>
        <source>messages with ids</source>
        <translation>带标识的消息</translation>
    </message>
    <message>
        <source>one without</source>
        <translation>一条没有标识的</translation>
    </message>
    <message>
        <source>a member &quot;%1&quot;</source>
        <translation>成员“%1”</translation>
    </message>
    <message>
        <source>sampling settings in their ranges</source>
        <translation>在允许范围内的采样设置</translation>
    </message>
    <message>
        <source>a role</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>a part of a known type</source>
        <translation>已知类型的部分</translation>
    </message>
    <message>
        <source>a string in a text part</source>
        <translation>文本部分中的字符串</translation>
    </message>
    <message>
        <source>a known reason for the end of an answer</source>
        <translation>已知的回答结束原因</translation>
    </message>
    <message>
        <source>a list of parts</source>
        <translation>部分的列表</translation>
    </message>
    <message>
        <source>unterminated object at byte %1</source>
        <translation>第 %1 字节处对象未结束</translation>
    </message>
    <message>
        <source>missing name separator at byte %1</source>
        <translation>第 %1 字节处缺少名称分隔符</translation>
    </message>
    <message>
        <source>unterminated array at byte %1</source>
        <translation>第 %1 字节处数组未结束</translation>
    </message>
    <message>
        <source>missing value separator at byte %1</source>
        <translation>第 %1 字节处缺少值分隔符</translation>
    </message>
    <message>
        <source>illegal value at byte %1</source>
        <translation>第 %1 字节处的值无效</translation>
    </message>
    <message>
        <source>invalid termination by number at byte %1</source>
        <translation>第 %1 字节处数字结尾无效</translation>
    </message>
    <message>
        <source>illegal number at byte %1</source>
        <translation>第 %1 字节处的数字无效</translation>
    </message>
    <message>
        <source>invalid escape sequence at byte %1</source>
        <translation>第 %1 字节处转义序列无效</translation>
    </message>
    <message>
        <source>invalid UTF8 string at byte %1</source>
        <translation>第 %1 字节处 UTF-8 字符串无效</translation>
    </message>
    <message>
        <source>unterminated string at byte %1</source>
        <translation>第 %1 字节处字符串未结束</translation>
    </message>
    <message>
        <source>object is missing after a comma at byte %1</source>
        <translation>第 %1 字节处逗号后缺少对象</translation>
    </message>
    <message>
        <source>too deeply nested document at byte %1</source>
        <translation>第 %1 字节处嵌套过深</translation>
    </message>
    <message>
        <source>too large document at byte %1</source>
        <translation>第 %1 字节处文档过大</translation>
    </message>
    <message>
        <source>garbage at the end of the document at byte %1</source>
        <translation>第 %1 字节处文档末尾有多余内容</translation>
    </message>
    <message>
        <source>message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>a folder as PEFT writes it, for a model in Hugging Face layout</source>
        <translation>PEFT 写出的文件夹（用于 Hugging Face 格式的模型）</translation>
    </message>
    <message>
        <source>a module</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>a name that no other adapter has</source>
        <translation>其他适配器没有用过的名称</translation>
    </message>
    <message>
        <source>a token to learn</source>
        <translation>要学习的词元</translation>
    </message>
    <message>
        <source>an adapter without it</source>
        <translation>不含此项的适配器</translation>
    </message>
    <message>
        <source>batch</source>
        <translation>批次</translation>
    </message>
    <message>
        <source>load adapter</source>
        <translation>加载适配器</translation>
    </message>
    <message>
        <source>memory for activations and gradients</source>
        <translation>激活与梯度所需的内存</translation>
    </message>
    <message>
        <source>names of modules</source>
        <translation>模块名称</translation>
    </message>
    <message>
        <source>none left</source>
        <translation>没有剩余</translation>
    </message>
    <message>
        <source>pack samples</source>
        <translation>打包样本</translation>
    </message>
    <message>
        <source>peft_type LORA</source>
        <translation>peft_type 为 LORA</translation>
    </message>
    <message>
        <source>plan adapter</source>
        <translation>规划适配器</translation>
    </message>
    <message>
        <source>plan training</source>
        <translation>规划训练</translation>
    </message>
    <message>
        <source>rows to learn from</source>
        <translation>可供学习的数据行</translation>
    </message>
    <message>
        <source>train</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>write adapter</source>
        <translation>写入适配器</translation>
    </message>
    <message>
        <source>%1 at byte %2</source>
        <translation>第 %2 字节处：%1</translation>
    </message>
    <message>
        <source>4 or more</source>
        <translation>4 个或更多</translation>
    </message>
    <message>
        <source>A and B alone, all that a GGUF adapter holds: merge it into a model instead</source>
        <translation>仅有 A 和 B,GGUF 适配器只能容纳这些:请改为合并进模型</translation>
    </message>
    <message>
        <source>a file that holds it</source>
        <translation>包含它的文件</translation>
    </message>
    <message>
        <source>a finite loss and gradient (a lower learning rate helps)</source>
        <translation>有限的损失和梯度(降低学习率会有帮助)</translation>
    </message>
    <message>
        <source>a folder without a run (or to resume it)</source>
        <translation>没有运行记录的文件夹(或恢复该运行)</translation>
    </message>
    <message>
        <source>a model that GGUF has an architecture for</source>
        <translation>GGUF 有对应架构的模型</translation>
    </message>
    <message>
        <source>a path</source>
        <translation>一个路径</translation>
    </message>
    <message>
        <source>a pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>a router, selection bias or routed expert of this model</source>
        <translation>此模型的路由器、选择偏置或路由专家</translation>
    </message>
    <message>
        <source>a run</source>
        <translation>一个运行</translation>
    </message>
    <message>
        <source>a run that no process works on</source>
        <translation>没有进程在处理的运行</translation>
    </message>
    <message>
        <source>a run to resume</source>
        <translation>可恢复的运行</translation>
    </message>
    <message>
        <source>a running one</source>
        <translation>正在进行的运行</translation>
    </message>
    <message>
        <source>a sample to learn from</source>
        <translation>可供学习的样本</translation>
    </message>
    <message>
        <source>a tensor of this weight</source>
        <translation>此权重的张量</translation>
    </message>
    <message>
        <source>a type that this build knows</source>
        <translation>此版本认识的类型</translation>
    </message>
    <message>
        <source>a weight of the model</source>
        <translation>模型的一个权重</translation>
    </message>
    <message>
        <source>add up adapters</source>
        <translation>叠加适配器</translation>
    </message>
    <message>
        <source>an adapter without magnitudes (DoRA)</source>
        <translation>不带幅度(DoRA)的适配器</translation>
    </message>
    <message>
        <source>an unknown one</source>
        <translation>未知的一个</translation>
    </message>
    <message>
        <source>apply adapter</source>
        <translation>应用适配器</translation>
    </message>
    <message>
        <source>avx512 on a processor with AVX-512 BF16</source>
        <translation>在支持 AVX-512 BF16 的处理器上使用 avx512</translation>
    </message>
    <message>
        <source>bfloat16 with reference</source>
        <translation>reference 路径下的 bfloat16</translation>
    </message>
    <message>
        <source>bottlenecks</source>
        <translation>瓶颈适配器</translation>
    </message>
    <message>
        <source>check job</source>
        <translation>检查任务</translation>
    </message>
    <message>
        <source>copy weight</source>
        <translation>复制权重</translation>
    </message>
    <message>
        <source>create training backend</source>
        <translation>创建训练后端</translation>
    </message>
    <message>
        <source>cut text</source>
        <translation>切分文本</translation>
    </message>
    <message>
        <source>data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>each name of a column once</source>
        <translation>每个列名只出现一次</translation>
    </message>
    <message>
        <source>false</source>
        <translation>否</translation>
    </message>
    <message>
        <source>true</source>
        <translation>是</translation>
    </message>
    <message>
        <source>float32, or avx512 on a processor with AVX-512 BF16</source>
        <translation>float32,或在支持 AVX-512 BF16 的处理器上使用 avx512</translation>
    </message>
    <message>
        <source>keys with values</source>
        <translation>带值的键</translation>
    </message>
    <message>
        <source>low-rank modules alone, all that GGUF knows</source>
        <translation>仅低秩模块,GGUF 只认识这些</translation>
    </message>
    <message>
        <source>low-rank modules alone, all that PEFT knows</source>
        <translation>仅低秩模块,PEFT 只认识这些</translation>
    </message>
    <message>
        <source>magnitudes (DoRA)</source>
        <translation>幅度(DoRA)</translation>
    </message>
    <message>
        <source>merge adapter</source>
        <translation>合并适配器</translation>
    </message>
    <message>
        <source>names of columns in UTF-8</source>
        <translation>UTF-8 编码的列名</translation>
    </message>
    <message>
        <source>one at least</source>
        <translation>至少一个</translation>
    </message>
    <message>
        <source>one that is there</source>
        <translation>存在的一个</translation>
    </message>
    <message>
        <source>one with them</source>
        <translation>带有它们的一个</translation>
    </message>
    <message>
        <source>plain text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>prepare training</source>
        <translation>准备训练</translation>
    </message>
    <message>
        <source>prompts</source>
        <translation>提示</translation>
    </message>
    <message>
        <source>read adapter</source>
        <translation>读取适配器</translation>
    </message>
    <message>
        <source>read choice of experts</source>
        <translation>读取专家选择</translation>
    </message>
    <message>
        <source>read data mapping</source>
        <translation>读取数据映射</translation>
    </message>
    <message>
        <source>read job</source>
        <translation>读取任务</translation>
    </message>
    <message>
        <source>read training data</source>
        <translation>读取训练数据</translation>
    </message>
    <message>
        <source>read weights</source>
        <translation>读取权重</translation>
    </message>
    <message>
        <source>restore optimiser</source>
        <translation>恢复优化器</translation>
    </message>
    <message>
        <source>rows that can all be used (or data.problems: skip)</source>
        <translation>全部可用的行(或 data.problems: skip)</translation>
    </message>
    <message>
        <source>samples to train on</source>
        <translation>可供训练的样本</translation>
    </message>
    <message>
        <source>stack adapters</source>
        <translation>堆叠适配器</translation>
    </message>
    <message>
        <source>the activation of the others</source>
        <translation>其他的激活函数</translation>
    </message>
    <message>
        <source>tokens of a piece</source>
        <translation>一段的词元数</translation>
    </message>
    <message>
        <source>update weights</source>
        <translation>更新权重</translation>
    </message>
    <message>
        <source>what weights can hold</source>
        <translation>权重能够容纳的内容</translation>
    </message>
    <message>
        <source>write checkpoint</source>
        <translation>写入检查点</translation>
    </message>
    <message>
        <source>export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>output</source>
        <translation>输出</translation>
    </message>
    <message>
        <source>base</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>the folder&apos;s lock in time (another program holds it)</source>
        <translation>及时取得文件夹的锁(另一个程序持有它)</translation>
    </message>
    <message>
        <source>to move the damaged file away</source>
        <translation>移走损坏的文件</translation>
    </message>
    <message>
        <source>the database where it was</source>
        <translation>数据库在原来的位置</translation>
    </message>
    <message>
        <source>another file, or none</source>
        <translation>另一个文件,或没有文件</translation>
    </message>
    <message>
        <source>a new job</source>
        <translation>新任务</translation>
    </message>
    <message>
        <source>a job in the list</source>
        <translation>列表中的任务</translation>
    </message>
    <message>
        <source>open the list of jobs</source>
        <translation>打开任务列表</translation>
    </message>
    <message>
        <source>read the list of jobs</source>
        <translation>读取任务列表</translation>
    </message>
    <message>
        <source>write the list of jobs</source>
        <translation>写入任务列表</translation>
    </message>
    <message>
        <source>line %1 of %2</source>
        <translation>%2 的第 %1 行</translation>
    </message>
    <message>
        <source>%1 in line %2 of %3</source>
        <translation>%3 第 %2 行的 %1</translation>
    </message>
    <message>
        <source>a folder without the results of another</source>
        <translation>没有其他结果的文件夹</translation>
    </message>
    <message>
        <source>exports.merged</source>
        <translation>键 exports.merged</translation>
    </message>
    <message>
        <source>f32, f16, bf16 or same for a folder of safetensors</source>
        <translation>safetensors 文件夹用 f32、f16、bf16 或 same</translation>
    </message>
</context>
<context>
    <name>FileExport</name>
    <message>
        <source>%1 could not be written: %2</source>
        <translation>无法写入 %1：%2</translation>
    </message>
</context>
<context>
    <name>FinetunePanel</name>
    <message>
        <source>Fine-tune</source>
        <translation>微调</translation>
    </message>
</context>
<context>
    <name>Format</name>
    <message>
        <source>%1 ms</source>
        <translation>%1 毫秒</translation>
    </message>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min %2 s</source>
        <translation>%1 分 %2 秒</translation>
    </message>
    <message>
        <source>%1 tokens/s</source>
        <translation>%1 词元/秒</translation>
    </message>
    <message>
        <source>Waiting for its turn</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>Mapping the file</source>
        <translation>正在映射文件</translation>
    </message>
    <message>
        <source>Computing the file&apos;s digest</source>
        <translation>正在计算文件摘要</translation>
    </message>
    <message>
        <source>Preparing weights</source>
        <translation>正在准备权重</translation>
    </message>
    <message>
        <source>A value is not acceptable</source>
        <translation>取值无效</translation>
    </message>
    <message>
        <source>Change the value named in the details and try again.</source>
        <translation>请修改详情中所列的值后重试。</translation>
    </message>
    <message>
        <source>Something is not there</source>
        <translation>所需对象不存在</translation>
    </message>
    <message>
        <source>Check that the file or folder named in the details still exists.</source>
        <translation>请确认详情中所列的文件或文件夹仍然存在。</translation>
    </message>
    <message>
        <source>The file is damaged or of another kind</source>
        <translation>文件已损坏或类型不符</translation>
    </message>
    <message>
        <source>This kind is not supported yet</source>
        <translation>尚不支持此类型</translation>
    </message>
    <message>
        <source>Choose another file, or a newer version of Roundhouse.</source>
        <translation>请选择其他文件，或使用更新版本的 Roundhouse。</translation>
    </message>
    <message>
        <source>A value lies outside of what it refers to</source>
        <translation>值超出所指范围</translation>
    </message>
    <message>
        <source>Not enough memory</source>
        <translation>内存不足</translation>
    </message>
    <message>
        <source>Unload other models, or choose a shorter context or a smaller model.</source>
        <translation>请卸载其他模型，或选择更短的上下文、更小的模型。</translation>
    </message>
    <message>
        <source>The system refused to read or write</source>
        <translation>系统拒绝读写</translation>
    </message>
    <message>
        <source>Check free space and permissions of the place named in the details.</source>
        <translation>请检查详情中所列位置的剩余空间和权限。</translation>
    </message>
    <message>
        <source>Something else is in the way</source>
        <translation>被其他程序占用</translation>
    </message>
    <message>
        <source>Another program or task holds it. Wait until it is done, then try again.</source>
        <translation>其他程序或任务正在占用。请等其完成后重试。</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>A check of integrity failed</source>
        <translation>完整性校验失败</translation>
    </message>
    <message>
        <source>The content is not what was recorded. Do not rely on it.</source>
        <translation>内容与记录不符，请勿采信。</translation>
    </message>
    <message>
        <source>A limit was reached</source>
        <translation>达到上限</translation>
    </message>
    <message>
        <source>Make the input smaller and try again.</source>
        <translation>请缩小输入后重试。</translation>
    </message>
    <message>
        <source>Roundhouse made a mistake</source>
        <translation>Roundhouse 内部错误</translation>
    </message>
    <message>
        <source>Please report it with the details.</source>
        <translation>请附上详情报告此问题。</translation>
    </message>
    <message>
        <source>Ended at the set length</source>
        <translation>达到设定长度而结束</translation>
    </message>
    <message>
        <source>Ended because the context is full</source>
        <translation>上下文已满而结束</translation>
    </message>
    <message>
        <source>Stopped by you</source>
        <translation>已手动停止</translation>
    </message>
    <message>
        <source>Refused by a rule</source>
        <translation>被规则拒绝</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>every layer</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Expert %1 in %2: disabled</source>
        <translation>%2专家 %1：禁用</translation>
    </message>
    <message>
        <source>Expert %1 in %2: boosted by %3</source>
        <translation>%2专家 %1：增强 %3</translation>
    </message>
    <message>
        <source>Expert %1 in %2: forced</source>
        <translation>%2专家 %1：强制</translation>
    </message>
    <message>
        <source>%1 active experts in %2</source>
        <translation>%2：激活 %1 个专家</translation>
    </message>
    <message>
        <source>from token %1</source>
        <translation>自词元 %1 起</translation>
    </message>
    <message>
        <source>; </source>
        <translation>；</translation>
    </message>
    <message>
        <source>%1. %2</source>
        <translation>%1。%2</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>%1: %2: %3</source>
        <translation>%1：%2：%3</translation>
    </message>
    <message>
        <source>%1: %2: expected %3</source>
        <translation>%1：%2：期望 %3</translation>
    </message>
    <message>
        <source>%1: %2: expected %3, found %4</source>
        <translation>%1：%2：期望 %3，实际 %4</translation>
    </message>
    <message>
        <source>If the file named in the details came from elsewhere, get it again.</source>
        <translation>若详情中所列的文件来自别处，请重新获取。</translation>
    </message>
    <message>
        <source>Ready</source>
        <translation>就绪</translation>
    </message>
    <message>
        <source>Nothing is answered without its audit log: go to Audit, where the log can be opened again, or set aside for a new one.</source>
        <translation>没有审计日志就不作回答：请到“审计”，在那里可以再次打开日志，或将其搁置并新建一个。</translation>
    </message>
    <message>
        <source>Check what stands behind the tool&apos;s name.</source>
        <translation>请检查工具名称之后的内容。</translation>
    </message>
    <message>
        <source>Look up its name in Plugins.</source>
        <translation>请在“插件”中查看它的名称。</translation>
    </message>
    <message>
        <source>Load a model in Models first.</source>
        <translation>请先在“模型”中加载一个模型。</translation>
    </message>
    <message>
        <source>Only text can be attached.</source>
        <translation>只能附加文本。</translation>
    </message>
    <message>
        <source>Go to Audit: there the log can be set aside for a new one.</source>
        <translation>请到“审计”：在那里可以搁置日志并新建一个。</translation>
    </message>
    <message>
        <source>Copy the address from the details and open it in a browser.</source>
        <translation>请从详情中复制地址，并在浏览器中打开。</translation>
    </message>
    <message>
        <source>Copy the path from the details.</source>
        <translation>请从详情中复制路径。</translation>
    </message>
    <message>
        <source>Check the permissions of the place named in the details.</source>
        <translation>请检查详情中所列位置的权限。</translation>
    </message>
    <message>
        <source>Allow the network, at the foot of the window, to follow it.</source>
        <translation>要打开它，请在窗口底部允许联网。</translation>
    </message>
    <message>
        <source>Wait until the answer has ended, then try again.</source>
        <translation>请等回答结束后再试。</translation>
    </message>
    <message>
        <source>Another program changed the file while it was in use: load it again once it is whole.</source>
        <translation>文件在使用中被另一个程序更改：待其完整后请重新加载。</translation>
    </message>
    <message>
        <source>Expert %1 in %2: damped by %3</source>
        <translation>%2专家 %1：抑制 %3</translation>
    </message>
</context>
<context>
    <name>HeatmapExport</name>
    <message>
        <source>The picture could not be made into a PNG.</source>
        <translation>无法将图片保存为 PNG。</translation>
    </message>
</context>
<context>
    <name>HeatmapPainter</name>
    <message>
        <source>disabled</source>
        <translation>已禁用</translation>
    </message>
    <message>
        <source>boosted</source>
        <translation>已增强</translation>
    </message>
    <message>
        <source>forced</source>
        <translation>已强制</translation>
    </message>
    <message>
        <source>damped</source>
        <translation>抑制</translation>
    </message>
</context>
<context>
    <name>JobPresetText</name>
    <message>
        <source>Gentle</source>
        <translation>轻柔</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Chosen experts</source>
        <translation>所选专家</translation>
    </message>
    <message>
        <source>Raw text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>Attention only, rank 8: a small change of tone and manner.</source>
        <translation>仅注意力，秩 8：稍微改变语气和风格。</translation>
    </message>
    <message>
        <source>Attention and all routed experts, rank 16: new facts and tasks.</source>
        <translation>注意力和全部路由专家，秩 16：学习新知识和新任务。</translation>
    </message>
    <message>
        <source>Only the experts chosen below, rank 16: the rest of the model stays as it is.</source>
        <translation>仅训练下方所选的专家，秩 16：模型的其余部分保持不变。</translation>
    </message>
    <message>
        <source>Continues pre-training on plain text, rank 32: every token is learned.</source>
        <translation>在纯文本上继续预训练，秩 32：学习每一个词元。</translation>
    </message>
</context>
<context>
    <name>JobText</name>
    <message>
        <source>Queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Cancelled</source>
        <translation>已取消</translation>
    </message>
    <message>
        <source>Interrupted</source>
        <translation>已中断</translation>
    </message>
    <message>
        <source>Ending after this step</source>
        <translation>本步完成后结束</translation>
    </message>
    <message>
        <source>step %1 of %2</source>
        <translation>第 %1 / %2 步</translation>
    </message>
    <message>
        <source>loss %1</source>
        <translation>损失 %1</translation>
    </message>
    <message>
        <source>preparing</source>
        <translation>准备中</translation>
    </message>
    <message>
        <source>reading the data</source>
        <translation>正在读取数据</translation>
    </message>
    <message>
        <source>loading the model</source>
        <translation>正在加载模型</translation>
    </message>
    <message>
        <source>Adapter (PEFT)</source>
        <translation>适配器（PEFT）</translation>
    </message>
    <message>
        <source>Adapter (GGUF)</source>
        <translation>适配器（GGUF）</translation>
    </message>
    <message>
        <source>Merged model</source>
        <translation>合并后的模型</translation>
    </message>
    <message>
        <source>Merged and quantised</source>
        <translation>合并并量化</translation>
    </message>
</context>
<context>
    <name>LogitBias</name>
    <message>
        <source>never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>“%1”: write a token, a colon and a number, or “never”.</source>
        <translation>“%1”：请写词元、冒号和一个数字，或“从不”。</translation>
    </message>
    <message>
        <source>“%1” is not one token of this model. Write a shorter piece of it, or # and a token&apos;s number.</source>
        <translation>“%1”不是该模型的单个词元。请写其中更短的一段，或写 # 加词元编号。</translation>
    </message>
</context>
<context>
    <name>MarkdownView</name>
    <message>
        <source>Shown as plain text: the text is too long to be formatted.</source>
        <translation>以纯文本显示：文本过长，无法排版。</translation>
    </message>
    <message>
        <source>Shown as plain text: formatting it would take too long.</source>
        <translation>以纯文本显示：排版耗时过长。</translation>
    </message>
    <message numerus="yes">
        <source>The rest (%n bytes) is not shown here.</source>
        <translation>
            <numerusform>其余内容（%n 字节）未在此显示。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>ModelFolders</name>
    <message>
        <source>A folder with models</source>
        <translation>模型文件夹</translation>
    </message>
</context>
<context>
    <name>ModelsPanel</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
</context>
<context>
    <name>PluginFailure</name>
    <message>
        <source>while its manifest was read</source>
        <translation>读取清单时</translation>
    </message>
    <message>
        <source>while its library was loaded</source>
        <translation>加载库时</translation>
    </message>
    <message>
        <source>while its entry was read</source>
        <translation>读取入口时</translation>
    </message>
    <message>
        <source>in its constructor</source>
        <translation>在构造函数中</translation>
    </message>
    <message>
        <source>while it initialised</source>
        <translation>初始化时</translation>
    </message>
    <message>
        <source>when its extensions were ready</source>
        <translation>扩展就绪时</translation>
    </message>
    <message>
        <source>when it started</source>
        <translation>启动时</translation>
    </message>
    <message>
        <source>in one of its extensions</source>
        <translation>在某个扩展中</translation>
    </message>
    <message>
        <source>when it stopped</source>
        <translation>停止时</translation>
    </message>
    <message>
        <source>when it was released</source>
        <translation>释放时</translation>
    </message>
    <message>
        <source>in its destructor</source>
        <translation>在析构函数中</translation>
    </message>
    <message>
        <source>when its process ended</source>
        <translation>进程结束时</translation>
    </message>
    <message>
        <source>while its panel library was loaded</source>
        <translation>加载面板库时</translation>
    </message>
    <message>
        <source>while its panel library&apos;s entry was read</source>
        <translation>读取面板库入口时</translation>
    </message>
    <message>
        <source>in its panel library&apos;s constructor</source>
        <translation>在面板库的构造函数中</translation>
    </message>
    <message>
        <source>in one of its panels</source>
        <translation>在某个面板中</translation>
    </message>
    <message>
        <source>when one of its panels was closed</source>
        <translation>关闭某个面板时</translation>
    </message>
    <message>
        <source>Its manifest cannot be used</source>
        <translation>清单无法使用</translation>
    </message>
    <message>
        <source>Another plugin was found first</source>
        <translation>已先找到同名插件</translation>
    </message>
    <message>
        <source>It was made for another version of the plugin interface</source>
        <translation>插件接口版本不符</translation>
    </message>
    <message>
        <source>Its library is missing</source>
        <translation>缺少插件库文件</translation>
    </message>
    <message>
        <source>Its file is no library that can be loaded here</source>
        <translation>该文件不是此处可加载的库</translation>
    </message>
    <message>
        <source>It needs a library that is not installed</source>
        <translation>缺少依赖的库</translation>
    </message>
    <message>
        <source>It needs a function that nothing provides</source>
        <translation>缺少依赖的函数</translation>
    </message>
    <message>
        <source>Its library is not a Roundhouse plugin</source>
        <translation>该库不是 Roundhouse 插件</translation>
    </message>
    <message>
        <source>It was built with an incompatible compiler or library</source>
        <translation>构建所用的编译器或库不兼容</translation>
    </message>
    <message>
        <source>Its library and its manifest disagree</source>
        <translation>库与清单不一致</translation>
    </message>
    <message>
        <source>It offers other things than its manifest lists</source>
        <translation>提供的内容与清单所列不符</translation>
    </message>
    <message>
        <source>It threw an exception %1</source>
        <translation>%1抛出了异常</translation>
    </message>
    <message>
        <source>It gave up %1</source>
        <translation>%1主动放弃</translation>
    </message>
    <message>
        <source>It crashed %1</source>
        <translation>%1崩溃</translation>
    </message>
    <message>
        <source>It ended the process %1</source>
        <translation>%1结束了进程</translation>
    </message>
    <message>
        <source>It hung %1</source>
        <translation>%1失去响应</translation>
    </message>
    <message>
        <source>It changed since it was checked</source>
        <translation>检查之后文件有改动</translation>
    </message>
    <message>
        <source>The program ended while loading it</source>
        <translation>加载它时程序意外结束</translation>
    </message>
    <message>
        <source>It could not be checked</source>
        <translation>无法检查</translation>
    </message>
    <message>
        <source>%1: %2</source>
        <translation>%1：%2</translation>
    </message>
    <message>
        <source>Not tried yet</source>
        <translation>尚未检查</translation>
    </message>
    <message>
        <source>Switched off</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>Being checked…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>已检查</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>Not running</source>
        <translation>未运行</translation>
    </message>
    <message>
        <source>From ROUNDHOUSE_PLUGINS</source>
        <translation>来自 ROUNDHOUSE_PLUGINS</translation>
    </message>
    <message>
        <source>Comes with Roundhouse</source>
        <translation>Roundhouse 自带</translation>
    </message>
    <message>
        <source>Installed by you</source>
        <translation>用户安装</translation>
    </message>
</context>
<context>
    <name>PluginsPanel</name>
    <message>
        <source>Plugins</source>
        <translation>插件</translation>
    </message>
</context>
<context>
    <name>Routing</name>
    <message>
        <source>Routing</source>
        <translation>路由</translation>
    </message>
</context>
<context>
    <name>RoutingPictures</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Share of assignments</source>
        <translation>分配占比</translation>
    </message>
    <message>
        <source>Gate mass per token</source>
        <translation>每词元门控权重</translation>
    </message>
    <message>
        <source>Difference of shares</source>
        <translation>占比之差</translation>
    </message>
    <message>
        <source>% points</source>
        <translation>百分点</translation>
    </message>
    <message>
        <source>with expert</source>
        <translation>同选专家</translation>
    </message>
    <message>
        <source>Chosen together</source>
        <translation>共同入选</translation>
    </message>
    <message>
        <source>Busiest</source>
        <translation>最忙</translation>
    </message>
    <message>
        <source>Load of the busiest expert, relative to the mean.</source>
        <translation>最忙专家的负载与平均负载之比。</translation>
    </message>
    <message>
        <source>The busiest expert.</source>
        <translation>负载最大的专家。</translation>
    </message>
    <message>
        <source>Unused</source>
        <translation>闲置</translation>
    </message>
    <message>
        <source>Experts that got no token.</source>
        <translation>未分到词元的专家数。</translation>
    </message>
    <message>
        <source>Entropy</source>
        <translation>熵</translation>
    </message>
    <message>
        <source>Of the experts&apos; shares: 1 is an even load.</source>
        <translation>专家份额的熵：1 表示负载均匀。</translation>
    </message>
    <message>
        <source>CV</source>
        <translation>变异系数</translation>
    </message>
    <message>
        <source>Coefficient of variation: standard deviation over mean.</source>
        <translation>变异系数：标准差与均值之比。</translation>
    </message>
    <message>
        <source>MaxVio</source>
        <translation>MaxVio</translation>
    </message>
    <message>
        <source>(greatest load − mean) / mean</source>
        <translation>（最大负载 − 均值）/ 均值</translation>
    </message>
    <message>
        <source>Jain</source>
        <translation>Jain 指数</translation>
    </message>
    <message>
        <source>Jain&apos;s fairness index: 1 is an even load.</source>
        <translation>Jain 公平指数：1 表示负载均匀。</translation>
    </message>
    <message>
        <source>Expert %1</source>
        <translation>专家 %1</translation>
    </message>
    <message>
        <source>weight %1</source>
        <translation>权重 %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln 次</numerusform>
        </translation>
    </message>
    <message>
        <source>token %1</source>
        <translation>词元 %1</translation>
    </message>
</context>
<context>
    <name>RunPictures</name>
    <message>
        <source>training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Evaluation at step</source>
        <translation>评估所在步</translation>
    </message>
    <message>
        <source>Choices that differ from the base</source>
        <translation>与基础模型不同的选择</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Share of the layer&apos;s choices</source>
        <translation>占该层选择的比例</translation>
    </message>
    <message>
        <source>Share of choices, newest steps less the first</source>
        <translation>选择占比：最新各步减最初各步</translation>
    </message>
    <message>
        <source>percentage points</source>
        <translation>个百分点</translation>
    </message>
    <message>
        <source>MaxVio</source>
        <translation>MaxVio</translation>
    </message>
    <message>
        <source>How far the busiest expert lies above the mean load: (most - mean) / mean. 0 is even.</source>
        <translation>最繁忙的专家超出平均负载多少：（最大值 - 平均值）/ 平均值。0 表示均匀。</translation>
    </message>
    <message>
        <source>Dead</source>
        <translation>闲置</translation>
    </message>
    <message>
        <source>Experts that got no token.</source>
        <translation>未分到词元的专家数。</translation>
    </message>
    <message>
        <source>Drift</source>
        <translation>漂移</translation>
    </message>
    <message>
        <source>Choices that differ from the base model&apos;s, at the newest evaluation.</source>
        <translation>最新一次评估时，与基础模型不同的选择所占比例。</translation>
    </message>
</context>
<context>
    <name>SamplingPresets</name>
    <message>
        <source>Suits this model</source>
        <translation>适合此模型</translation>
    </message>
    <message>
        <source>Temperature 0.4, top-p 0.9, repetition penalty 1.1: sensible short answers from small models.</source>
        <translation>温度 0.4，top-p 0.9，重复惩罚 1.1：让小模型给出合理的简短回答。</translation>
    </message>
    <message>
        <source>Greedy</source>
        <translation>贪心</translation>
    </message>
    <message>
        <source>Always the most likely token: the same answer each time, but small models fall into loops.</source>
        <translation>总是选概率最高的词元：每次回答相同，但小模型容易陷入重复。</translation>
    </message>
    <message>
        <source>Precise</source>
        <translation>精确</translation>
    </message>
    <message>
        <source>Little chance: for facts, code and extraction.</source>
        <translation>随机性低：适合事实、代码与信息抽取。</translation>
    </message>
    <message>
        <source>Balanced</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>What most large models are tuned for.</source>
        <translation>多数大模型的推荐取值。</translation>
    </message>
    <message>
        <source>Creative</source>
        <translation>创意</translation>
    </message>
    <message>
        <source>Much chance: for ideas, names and stories.</source>
        <translation>随机性高：适合构思、取名与故事。</translation>
    </message>
    <message>
        <source>Saved by you.</source>
        <translation>你保存的预设。</translation>
    </message>
</context>
<context>
    <name>SettingsPanel</name>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
</context>
<context>
    <name>TokenPieces</name>
    <message>
        <source>Mean entropy of the weights</source>
        <translation>权重的平均熵</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::AuditFilterBar</name>
    <message>
        <source>Search prompts, answers and names</source>
        <translation>搜索提示词、回答和名称</translation>
    </message>
    <message>
        <source>Search the audit log</source>
        <translation>搜索审计日志</translation>
    </message>
    <message>
        <source>Kind of entries shown</source>
        <translation>显示的记录类型</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Time of the entries shown</source>
        <translation>显示的记录的时间</translation>
    </message>
    <message>
        <source>At any time</source>
        <translation>任何时间</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>The last 7 days</source>
        <translation>最近 7 天</translation>
    </message>
    <message>
        <source>The last 30 days</source>
        <translation>最近 30 天</translation>
    </message>
    <message>
        <source>From … to …</source>
        <translation>从…到…</translation>
    </message>
    <message>
        <source>From this day on</source>
        <translation>自此日起</translation>
    </message>
    <message>
        <source>Up to this day</source>
        <translation>至此日止</translation>
    </message>
    <message>
        <source>User of the entries shown</source>
        <translation>显示的记录的用户</translation>
    </message>
    <message>
        <source>By anyone</source>
        <translation>任何用户</translation>
    </message>
    <message>
        <source>Conversation of the entries shown</source>
        <translation>显示的记录所属的对话</translation>
    </message>
    <message>
        <source>In any conversation</source>
        <translation>任何对话</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>全部显示</translation>
    </message>
    <message>
        <source>In the open conversation</source>
        <translation>当前打开的对话</translation>
    </message>
    <message>
        <source>In that of entry %1</source>
        <translation>记录 %1 所属的对话</translation>
    </message>
    <message>
        <source>In conversation %1</source>
        <translation>对话 %1 中</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::AuditModel</name>
    <message>
        <source>Question</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Model loaded</source>
        <translation>加载模型</translation>
    </message>
    <message>
        <source>Model unloaded</source>
        <translation>卸载模型</translation>
    </message>
    <message>
        <source>Routing edit</source>
        <translation>路由修改</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Plugin</source>
        <translation>插件</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Redaction</source>
        <translation>抹除</translation>
    </message>
    <message>
        <source>Head mismatch</source>
        <translation>链头不符</translation>
    </message>
    <message>
        <source>Log replaced</source>
        <translation>日志被替换</translation>
    </message>
    <message>
        <source>edited routing</source>
        <translation>路由已修改</translation>
    </message>
    <message>
        <source>changed!</source>
        <translation>已被改动！</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>序号</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>What</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Hash</source>
        <translation>哈希</translation>
    </message>
    <message>
        <source>Scoring</source>
        <translation>评分</translation>
    </message>
    <message>
        <source>Fine-tune begun</source>
        <translation>微调已开始</translation>
    </message>
    <message>
        <source>Fine-tune</source>
        <translation>微调</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::AuditWidget</name>
    <message>
        <source>Verify</source>
        <translation>校验</translation>
    </message>
    <message>
        <source>Checks every entry&apos;s hash, the chain, the texts and the head outside the database.</source>
        <translation>校验每条记录的哈希、哈希链、文本以及数据库外的链头。</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Writes what is shown, with the proof that it belongs to the chain.</source>
        <translation>导出当前显示的记录，并附上其属于哈希链的证明。</translation>
    </message>
    <message>
        <source>Redact texts…</source>
        <translation>抹除文本…</translation>
    </message>
    <message>
        <source>Takes this entry&apos;s texts out of the log; the chain still verifies, and the redaction is an entry.</source>
        <translation>从日志中抹除此记录的文本；哈希链仍可校验，抹除本身也会记为一条记录。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Stops the check or the export.</source>
        <translation>停止校验或导出。</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Entries of the audit log</source>
        <translation>审计日志记录</translation>
    </message>
    <message>
        <source>The chosen entry</source>
        <translation>选中的记录</translation>
    </message>
    <message>
        <source>Choose an entry to read it.</source>
        <translation>选择一条记录以查看内容。</translation>
    </message>
    <message numerus="yes">
        <source>%Ln entries</source>
        <translation>
            <numerusform>%Ln 条记录</numerusform>
        </translation>
    </message>
    <message>
        <source>Entry</source>
        <translation>记录</translation>
    </message>
    <message>
        <source>Time (UTC)</source>
        <translation>时间 (UTC)</translation>
    </message>
    <message>
        <source>What</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Refers to entry</source>
        <translation>关联记录</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Conversation</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Plugin</source>
        <translation>插件</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Model digest</source>
        <translation>模型摘要</translation>
    </message>
    <message>
        <source>Routing edits</source>
        <translation>路由修改</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Prompt tokens</source>
        <translation>提示词词元数</translation>
    </message>
    <message>
        <source>Answer tokens</source>
        <translation>回答词元数</translation>
    </message>
    <message>
        <source>Further</source>
        <translation>其他</translation>
    </message>
    <message>
        <source>only its salted hash was kept</source>
        <translation>仅保留加盐哈希</translation>
    </message>
    <message>
        <source>redacted by entry %1</source>
        <translation>已由记录 %1 抹除</translation>
    </message>
    <message>
        <source>MISSING: the text is gone and no entry explains it</source>
        <translation>缺失：文本已不存在，且没有任何记录说明原因</translation>
    </message>
    <message>
        <source>Hash</source>
        <translation>哈希</translation>
    </message>
    <message>
        <source>Previous</source>
        <translation>前一哈希</translation>
    </message>
    <message>
        <source>The check could not be done: %1</source>
        <translation>无法完成校验：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n answers were begun and never ended (the program was killed, or they are running).</source>
        <translation>
            <numerusform>有 %n 个回答已开始但未结束（程序被终止，或仍在生成）。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>✗ The log was tampered with: %n findings</source>
        <translation>
            <numerusform>✗ 日志被篡改：发现 %n 处问题</numerusform>
        </translation>
    </message>
    <message>
        <source>Redact entry %1</source>
        <translation>抹除记录 %1</translation>
    </message>
    <message>
        <source>Redacted; entry %1 says so. %2</source>
        <translation>已抹除，见记录 %1。%2</translation>
    </message>
    <message>
        <source>Export the audit log</source>
        <translation>导出审计日志</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Set aside…</source>
        <translation>封存…</translation>
    </message>
    <message>
        <source>Moves this log away, untouched, and starts a new one that tells where it lies and why.</source>
        <translation>将此日志原样移走，并新建一份日志，说明其位置和原因。</translation>
    </message>
    <message>
        <source>Nothing is logged in this run</source>
        <translation>本次运行不记录任何内容</translation>
    </message>
    <message>
        <source>What is asked and answered leaves no entry.</source>
        <translation>提问和回答不会留下记录。</translation>
    </message>
    <message>
        <source>The audit log is being opened.</source>
        <translation>正在打开审计日志。</translation>
    </message>
    <message>
        <source>Set it aside and start a new log…</source>
        <translation>封存并新建日志…</translation>
    </message>
    <message>
        <source>Stop the answers that are running first: their entries belong to this log.</source>
        <translation>请先停止正在生成的回答：它们的记录属于此日志。</translation>
    </message>
    <message>
        <source>Set the audit log aside</source>
        <translation>封存审计日志</translation>
    </message>
    <message>
        <source>The log is moved away, untouched, and a new one begins. Why? (This reason stands in the new log.)</source>
        <translation>日志将原样移走，并开始新日志。请说明原因（会写入新日志）：</translation>
    </message>
    <message>
        <source>Set aside</source>
        <translation>封存</translation>
    </message>
    <message>
        <source>The log could not be set aside: %1</source>
        <translation>无法封存日志：%1</translation>
    </message>
    <message>
        <source>The old log lies at %1. The new one begins with an entry that says so.</source>
        <translation>旧日志位于 %1。新日志的首条记录会说明此事。</translation>
    </message>
    <message>
        <source>Redact</source>
        <translation>抹除</translation>
    </message>
    <message>
        <source>No entry matches</source>
        <translation>没有符合的记录</translation>
    </message>
    <message>
        <source>Search for something else, or show all entries.</source>
        <translation>请换个条件搜索，或显示全部记录。</translation>
    </message>
    <message>
        <source>Nothing is logged yet</source>
        <translation>尚无记录</translation>
    </message>
    <message>
        <source>Each question, answer, loaded model, edit and export becomes an entry here.</source>
        <translation>每次提问、回答、加载模型、修改和导出都会在此成为一条记录。</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>全部显示</translation>
    </message>
    <message numerus="yes">
        <source>✓ The log is whole: %Ln entries checked, head %1.</source>
        <translation>
            <numerusform>✓ 日志完整：已校验 %Ln 条记录，链头 %1。</numerusform>
        </translation>
    </message>
    <message>
        <source>JSON with proof (*.json)</source>
        <translation>JSON，含证明 (*.json)</translation>
    </message>
    <message>
        <source>CSV with a proof file (*.csv)</source>
        <translation>CSV，附证明文件 (*.csv)</translation>
    </message>
    <message numerus="yes">
        <source>Exported %Ln entries: %1</source>
        <translation>
            <numerusform>已导出 %Ln 条记录：%1</numerusform>
        </translation>
    </message>
    <message>
        <source>Open it again</source>
        <translation>再次打开</translation>
    </message>
    <message>
        <source>Tries once more, after what stood in the way was mended.</source>
        <translation>排除障碍之后再试一次。</translation>
    </message>
    <message>
        <source>Nothing is answered without its log</source>
        <translation>没有日志就不作回答</translation>
    </message>
    <message>
        <source>The audit log could not be opened: %1</source>
        <translation>无法打开审计日志：%1</translation>
    </message>
    <message>
        <source>The texts of this entry are destroyed for good.</source>
        <translation>此条目的文本将被永久销毁。</translation>
    </message>
    <message numerus="yes">
        <source>%n other entries of the same conversation still hold texts, and each question repeats what was said before it.</source>
        <translation>
            <numerusform>同一对话中还有 %n 个条目保存着文本，而每个提问都会重复之前说过的内容。</numerusform>
        </translation>
    </message>
    <message>
        <source>Why? (This reason stands in the log.)</source>
        <translation>为什么？（理由会写入日志。）</translation>
    </message>
    <message>
        <source>Redact all entries of this conversation</source>
        <translation>抹除此对话的所有条目</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::BaseAndAdapter</name>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Back to the run; the model&apos;s memory is freed.</source>
        <translation>返回该运行，并释放模型占用的内存。</translation>
    </message>
    <message>
        <source>Answers and routing of base and adapter</source>
        <translation>基础模型与适配器的回答和路由</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Share of each layer&apos;s choices: adapter less base, over question and answer.</source>
        <translation>各层选择的占比：适配器减基础模型，统计问题和回答。</translation>
    </message>
    <message>
        <source>Difference of expert load</source>
        <translation>专家负载差异</translation>
    </message>
    <message>
        <source>Ask something: where the two routings differ appears here when both have answered.</source>
        <translation>请提一个问题：两者都回答后，这里会显示路由的不同之处。</translation>
    </message>
    <message>
        <source>Divergence per layer</source>
        <translation>各层散度</translation>
    </message>
    <message>
        <source>Routing difference</source>
        <translation>路由差异</translation>
    </message>
    <message>
        <source>Question to both</source>
        <translation>向两者提问</translation>
    </message>
    <message>
        <source>Ask both the same</source>
        <translation>向两者提出同一个问题</translation>
    </message>
    <message>
        <source>Ask both</source>
        <translation>同时提问</translation>
    </message>
    <message>
        <source>Both answer greedily: what differs is the adapter&apos;s doing.</source>
        <translation>两者都用贪心解码回答：差异完全来自适配器。</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Ends both answers.</source>
        <translation>结束两个回答。</translation>
    </message>
    <message>
        <source>Base and adapter: %1</source>
        <translation>基础模型与适配器：%1</translation>
    </message>
    <message>
        <source>The engine has not started yet. Try again in a moment.</source>
        <translation>引擎尚未启动。请稍后再试。</translation>
    </message>
    <message>
        <source>Loading the model with its adapter</source>
        <translation>正在加载模型及其适配器</translation>
    </message>
    <message>
        <source>Loading was cancelled.</source>
        <translation>已取消加载。</translation>
    </message>
    <message>
        <source>The model was not loaded.</source>
        <translation>模型未能加载。</translation>
    </message>
    <message>
        <source>The model was not loaded with its adapter.</source>
        <translation>未能加载模型及其适配器。</translation>
    </message>
    <message>
        <source>Ready: ask something.</source>
        <translation>已就绪：请提问。</translation>
    </message>
    <message>
        <source>Base</source>
        <translation>基础模型</translation>
    </message>
    <message>
        <source>With adapter</source>
        <translation>使用适配器</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Adapter less base</source>
        <translation>适配器减基础模型</translation>
    </message>
    <message>
        <source>percentage points</source>
        <translation>个百分点</translation>
    </message>
    <message>
        <source>Divergence</source>
        <translation>散度</translation>
    </message>
    <message>
        <source>Jensen–Shannon divergence of the shares: 0 the same, 1 no expert in common.</source>
        <translation>占比的 Jensen–Shannon 散度：0 表示相同，1 表示没有共同的专家。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ChatWidget</name>
    <message>
        <source>The file was not attached</source>
        <translation>文件未能附加</translation>
    </message>
    <message>
        <source>Link in an answer</source>
        <translation>回答中的链接</translation>
    </message>
    <message>
        <source>The page was not opened</source>
        <translation>网页未打开</translation>
    </message>
    <message>
        <source>The conversation could not be read or written</source>
        <translation>无法读写对话</translation>
    </message>
    <message>
        <source>List of conversations</source>
        <translation>对话列表</translation>
    </message>
    <message>
        <source>Title of the conversation</source>
        <translation>对话标题</translation>
    </message>
    <message>
        <source>Click to rename</source>
        <translation>点击重命名</translation>
    </message>
    <message>
        <source>Answers of this conversation use an edited routing. Opens Routing.</source>
        <translation>此对话的回答使用了修改后的路由。点击打开“路由”。</translation>
    </message>
    <message>
        <source>System prompt and sampling</source>
        <translation>系统提示词与采样</translation>
    </message>
    <message>
        <source>More about this conversation</source>
        <translation>更多对话操作</translation>
    </message>
    <message>
        <source>Chat</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search conversations</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Show or hide the list of conversations</source>
        <translation>显示或隐藏对话列表</translation>
    </message>
    <message>
        <source>Stop the answer</source>
        <translation>停止回答</translation>
    </message>
    <message>
        <source>Answer again</source>
        <translation>重新回答</translation>
    </message>
    <message>
        <source>Edit the last question</source>
        <translation>编辑上一个提问</translation>
    </message>
    <message>
        <source>Branch before</source>
        <translation>上一分支</translation>
    </message>
    <message>
        <source>Next branch</source>
        <translation>下一分支</translation>
    </message>
    <message>
        <source>Choose the token before</source>
        <translation>选择上一个词元</translation>
    </message>
    <message>
        <source>Choose the next token</source>
        <translation>选择下一个词元</translation>
    </message>
    <message>
        <source>Attach a text file</source>
        <translation>附加文本文件</translation>
    </message>
    <message>
        <source>Export this conversation…</source>
        <translation>导出此对话…</translation>
    </message>
    <message>
        <source>Import a conversation…</source>
        <translation>导入对话…</translation>
    </message>
    <message>
        <source>Delete this conversation</source>
        <translation>删除此对话</translation>
    </message>
    <message>
        <source>Bring back the deleted conversation</source>
        <translation>恢复已删除的对话</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Edited routing</source>
        <translation>路由已修改</translation>
    </message>
    <message>
        <source>Plugins are still being started</source>
        <translation>插件仍在启动</translation>
    </message>
    <message>
        <source>The tool was not called</source>
        <translation>工具未调用</translation>
    </message>
    <message>
        <source>The tool gave no result</source>
        <translation>工具未返回结果</translation>
    </message>
    <message>
        <source>Export the conversation</source>
        <translation>导出对话</translation>
    </message>
    <message>
        <source>Markdown, the branch on show (*.md)</source>
        <translation>Markdown，当前分支 (*.md)</translation>
    </message>
    <message>
        <source>JSON, all branches (*.json)</source>
        <translation>JSON，全部分支 (*.json)</translation>
    </message>
    <message>
        <source>The conversation was not exported</source>
        <translation>对话未导出</translation>
    </message>
    <message>
        <source>Import a conversation</source>
        <translation>导入对话</translation>
    </message>
    <message>
        <source>Conversations (*.json *.md)</source>
        <translation>对话 (*.json *.md)</translation>
    </message>
    <message>
        <source>All files (*)</source>
        <translation>所有文件 (*)</translation>
    </message>
    <message>
        <source>The conversation was not imported</source>
        <translation>对话未导入</translation>
    </message>
    <message>
        <source>Redact in the audit log</source>
        <translation>在审计日志中抹除</translation>
    </message>
    <message>
        <source>The prompts and answers of “%1” are destroyed in the audit log for good, and the conversation can no longer be
brought back. The log&apos;s entries stay; new ones say what was redacted, when and why.

Reason:</source>
        <translation>“%1”的提示和回答将从审计日志中永久销毁，该对话也无法再恢复。
日志的条目保留；新条目会说明抹除了什么、何时以及为何。

原因：</translation>
    </message>
    <message>
        <source>Conversation deleted</source>
        <translation>对话已删除</translation>
    </message>
    <message>
        <source>Redact</source>
        <translation>抹除</translation>
    </message>
    <message>
        <source>The texts were not redacted</source>
        <translation>文本未被抹除</translation>
    </message>
    <message numerus="yes">
        <source>%n text(s) redacted in the audit log</source>
        <translation>
            <numerusform>已在审计日志中抹除 %n 段文本</numerusform>
        </translation>
    </message>
    <message>
        <source>The audit log held no text of it</source>
        <translation>审计日志中没有它的文本</translation>
    </message>
    <message>
        <source>Redacted, but not everywhere yet</source>
        <translation>已抹除，但尚未清除所有痕迹</translation>
    </message>
    <message>
        <source>“%1” was deleted in another window. It is kept, because it goes on here.</source>
        <translation>“%1”已在另一个窗口中删除。因为在这里继续了对话，所以予以保留。</translation>
    </message>
    <message>
        <source>“%1” was deleted in another window. It is saved again with the next message.</source>
        <translation>“%1”已在另一个窗口中删除。发送下一条消息时会重新保存。</translation>
    </message>
    <message>
        <source>Everything is saved again</source>
        <translation>已全部重新保存</translation>
    </message>
    <message>
        <source>Routing edits not in force</source>
        <translation>路由修改未生效</translation>
    </message>
    <message>
        <source>The routing edits of this conversation do not fit this model: %1. They come back with a model that they fit.</source>
        <translation>此对话的路由修改不适合当前模型：%1。换用适合的模型后会恢复。</translation>
    </message>
    <message>
        <source>Exported: %1</source>
        <translation>已导出：%1</translation>
    </message>
    <message numerus="yes">
        <source>%n message(s) of an earlier run that could not be saved then are saved now</source>
        <translation>
            <numerusform>上次运行时未能保存的 %n 条消息现已保存</numerusform>
        </translation>
    </message>
    <message>
        <source>Not saved since %1; it is tried again every few seconds</source>
        <translation>自 %1 起尚未保存；每隔几秒会重试</translation>
    </message>
    <message>
        <source>Messages of an earlier run could not be read; they stay in %1</source>
        <translation>上次运行留下的消息无法读取，仍保留在 %1</translation>
    </message>
    <message>
        <source>The conversations&apos; database was damaged and has been restored, as far as it could be read</source>
        <translation>对话数据库已损坏，可读取的内容已恢复</translation>
    </message>
    <message>
        <source>The conversations&apos; database was deleted or replaced by another program. What is open here is saved again</source>
        <translation>对话数据库被其他程序删除或替换。此处打开的内容会重新保存</translation>
    </message>
    <message numerus="yes">
        <source>%1 (%n more message(s) after this)</source>
        <translation>
            <numerusform>%1（之后还有 %n 条）</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::CheckView</name>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>DoRA</source>
        <translation>DoRA</translation>
    </message>
    <message>
        <source>Bottleneck</source>
        <translation>瓶颈适配器</translation>
    </message>
    <message>
        <source>Whole experts (ESFT)</source>
        <translation>整个专家（ESFT）</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>Routed experts</source>
        <translation>路由专家</translation>
    </message>
    <message>
        <source>Shared experts</source>
        <translation>共享专家</translation>
    </message>
    <message>
        <source>Dense layers</source>
        <translation>稠密层</translation>
    </message>
    <message>
        <source>Router</source>
        <translation>路由器</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>参与训练</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>balance loss over each batch, weight %1</source>
        <translation>按批次计算均衡损失，权重 %1</translation>
    </message>
    <message>
        <source>balance loss over each sequence, weight %1</source>
        <translation>按序列计算均衡损失，权重 %1</translation>
    </message>
    <message>
        <source>no balance loss</source>
        <translation>无均衡损失</translation>
    </message>
    <message>
        <source>z-loss, weight %1</source>
        <translation>z 损失，权重 %1</translation>
    </message>
    <message>
        <source>no z-loss</source>
        <translation>无 z 损失</translation>
    </message>
    <message>
        <source>selection bias moves by %1 a step</source>
        <translation>选择偏置每步移动 %1</translation>
    </message>
    <message>
        <source>selection bias stays</source>
        <translation>选择偏置不变</translation>
    </message>
    <message>
        <source>What will train</source>
        <translation>将训练的内容</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>部分</translation>
    </message>
    <message>
        <source>Modules</source>
        <translation>模块数</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>What will train, by part</source>
        <translation>将训练的内容（按部分）</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>Adapter file</source>
        <translation>适配器文件</translation>
    </message>
    <message>
        <source>Module</source>
        <translation>模块</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>All modules</source>
        <translation>所有模块</translation>
    </message>
    <message>
        <source>All modules that will train</source>
        <translation>将训练的所有模块</translation>
    </message>
    <message>
        <source>What it will need</source>
        <translation>所需资源</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>The data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Training</source>
        <translation>训练</translation>
    </message>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Left out</source>
        <translation>排除的行</translation>
    </message>
    <message>
        <source>Duplicates</source>
        <translation>重复</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Overlap</source>
        <translation>重叠</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行数</translation>
    </message>
    <message>
        <source>Unusable</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>Files</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>行号</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Rows left out or cut, by line</source>
        <translation>被排除或截断的行</translation>
    </message>
    <message>
        <source>Samples by length</source>
        <translation>按长度统计的样本</translation>
    </message>
    <message>
        <source>The first batch</source>
        <translation>第一个批次</translation>
    </message>
    <message>
        <source>Sample of the first batch</source>
        <translation>第一个批次中的样本</translation>
    </message>
    <message>
        <source>Tokens of the sample; marked ones are learned</source>
        <translation>样本的词元；带标记的会被学习</translation>
    </message>
    <message>
        <source>Sample %1: %2 tokens, %3 learned</source>
        <translation>样本 %1：%2 个词元，学习其中 %3 个</translation>
    </message>
    <message>
        <source>There is no first batch: no sample is left.</source>
        <translation>没有第一个批次：没有剩余的样本。</translation>
    </message>
    <message>
        <source>Exactly what the model will see. Coloured and underlined tokens are learned; the others are only read.</source>
        <translation>这正是模型将看到的内容。带底色和下划线的词元会被学习，其余的只被读取。</translation>
    </message>
    <message>
        <source>%1 of %2 parameters (%3) in %4 modules</source>
        <translation>%2 参数中的 %1（%3），分布于 %4 个模块</translation>
    </message>
    <message>
        <source>%1 epochs</source>
        <translation>%1 轮</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 词元</translation>
    </message>
    <message>
        <source>about %1, of %2 free</source>
        <translation>约 %1，可用 %2</translation>
    </message>
    <message>
        <source>about %1</source>
        <translation>约 %1</translation>
    </message>
    <message>
        <source>More than is free: take fewer tokens at once, a smaller rank or 8-bit moments.</source>
        <translation>超出可用内存：请减少同时处理的词元，或使用更小的秩、8 位动量。</translation>
    </message>
    <message>
        <source>not known yet</source>
        <translation>尚未可知</translation>
    </message>
    <message>
        <source>%1 samples of %2 rows</source>
        <translation>%2 行中的 %1 个样本</translation>
    </message>
    <message>
        <source>%1, of which %2 (%3) are learned</source>
        <translation>%1，其中 %2（%3）会被学习</translation>
    </message>
    <message>
        <source>%1 unusable</source>
        <translation>%1 行不可用</translation>
    </message>
    <message>
        <source>%1 too long</source>
        <translation>%1 行过长</translation>
    </message>
    <message>
        <source>%1 cut</source>
        <translation>%1 行被截断</translation>
    </message>
    <message>
        <source>nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>%1 exact, %2 nearly</source>
        <translation>%1 处完全相同，%2 处近似</translation>
    </message>
    <message>
        <source>lines %1</source>
        <translation>行 %1</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>%1 samples, %2 tokens</source>
        <translation>%1 个样本，%2 个词元</translation>
    </message>
    <message>
        <source>none: nobody will see whether it learns or memorises</source>
        <translation>无：将无法判断模型是学会了还是死记硬背</translation>
    </message>
    <message>
        <source>samples</source>
        <translation>个样本</translation>
    </message>
    <message>
        <source>and %1 more</source>
        <translation>另有 %1 个</translation>
    </message>
    <message>
        <source>learned</source>
        <translation>会被学习</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>raw text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>preference pairs</source>
        <translation>偏好对</translation>
    </message>
    <message>
        <source>%1 samples kept out of training, %2 tokens</source>
        <translation>从训练中留出 %1 个样本，%2 个词元</translation>
    </message>
    <message>
        <source>%1 the same</source>
        <translation>%1 个相同</translation>
    </message>
    <message>
        <source>%1 nearly</source>
        <translation>%1 个近似</translation>
    </message>
    <message>
        <source>%1 with the same question</source>
        <translation>%1 个问题相同</translation>
    </message>
    <message>
        <source>evaluation samples that are trained on: %1</source>
        <translation>参与训练的评估样本：%1</translation>
    </message>
    <message>
        <source>Lengths in tokens: %1 at least, %2 in the middle, 90 % up to %3, %4 at most</source>
        <translation>长度（词元）：最短 %1，中位数 %2，90 % 不超过 %3，最长 %4</translation>
    </message>
    <message>
        <source>cut, of %1 tokens</source>
        <translation>截断，原有 %1 个词元</translation>
    </message>
    <message>
        <source>too long: %1 tokens</source>
        <translation>过长：%1 个词元</translation>
    </message>
    <message>
        <source>%1, each of %2 samples</source>
        <translation>%1 步，每步 %2 个样本</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ClosingQuestion</name>
    <message>
        <source>Not all is saved</source>
        <translation>尚有内容未保存</translation>
    </message>
    <message>
        <source>What was said or changed since %1 could not be saved.</source>
        <translation>自 %1 起的对话或更改未能保存。</translation>
    </message>
    <message>
        <source>There is no folder to keep it in: if the window closes now, it is lost.</source>
        <translation>没有可存放的文件夹：如果现在关闭窗口，这些内容将会丢失。</translation>
    </message>
    <message>
        <source>If the window closes now, it is kept in a file in %1, and saved at the next start.</source>
        <translation>如果现在关闭窗口，这些内容会保留在 %1 中的一个文件里，下次启动时再保存。</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Close and lose it</source>
        <translation>关闭并放弃</translation>
    </message>
    <message>
        <source>Close and keep in a file</source>
        <translation>关闭并保留到文件</translation>
    </message>
    <message>
        <source>Stay</source>
        <translation>不关闭</translation>
    </message>
    <message>
        <source>Tried again at %1, still not saved.</source>
        <translation>已于 %1 重试，仍未保存。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::CompareRuns</name>
    <message>
        <source>Runs compared</source>
        <translation>运行对比</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Back to one run.</source>
        <translation>返回单个运行。</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Training loss</source>
        <translation>训练损失</translation>
    </message>
    <message>
        <source>nats</source>
        <translation>nat</translation>
    </message>
    <message>
        <source>Evaluation loss</source>
        <translation>评估损失</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>Setting</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>All settings are the same.</source>
        <translation>所有设置都相同。</translation>
    </message>
    <message>
        <source>Figure</source>
        <translation>指标</translation>
    </message>
    <message>
        <source>Settings that differ</source>
        <translation>不同的设置</translation>
    </message>
    <message>
        <source>How they ended</source>
        <translation>最终结果</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>Best evaluation loss</source>
        <translation>最佳评估损失</translation>
    </message>
    <message>
        <source>Perplexity</source>
        <translation>困惑度</translation>
    </message>
    <message>
        <source>Trained parameters</source>
        <translation>训练的参数量</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Memory, at its peak</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Parity</source>
        <translation>一致性</translation>
    </message>
    <message>
        <source>passed</source>
        <translation>通过</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>未通过</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::CompareView</name>
    <message>
        <source>model&apos;s routing</source>
        <translation>模型原路由</translation>
    </message>
    <message>
        <source>%1. %2 (%3)</source>
        <translation>%1. %2（%3）</translation>
    </message>
    <message>
        <source>First answer</source>
        <translation>第一个回答</translation>
    </message>
    <message>
        <source>Second answer</source>
        <translation>第二个回答</translation>
    </message>
    <message>
        <source>Difference of expert load</source>
        <translation>专家负载差异</translation>
    </message>
    <message>
        <source>Answer again with an edit, or open a trace, to compare two routings.</source>
        <translation>修改路由后重新回答，或打开轨迹文件，即可比较两次路由。</translation>
    </message>
    <message>
        <source>Divergence per layer</source>
        <translation>各层散度</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Open trace…</source>
        <translation>打开轨迹…</translation>
    </message>
    <message>
        <source>Open a routing trace</source>
        <translation>打开路由轨迹</translation>
    </message>
    <message>
        <source>Routing traces (*.rhtrace)</source>
        <translation>路由轨迹 (*.rhtrace)</translation>
    </message>
    <message>
        <source>Their routings cannot be compared: %1</source>
        <translation>无法比较两者的路由：%1</translation>
    </message>
    <message>
        <source>First</source>
        <translation>第一个</translation>
    </message>
    <message>
        <source>Second</source>
        <translation>第二个</translation>
    </message>
    <message>
        <source>Different seeds: a part of the difference is chance.</source>
        <translation>种子不同：差异有一部分来自随机。</translation>
    </message>
    <message>
        <source>Different sampling settings: not all of the difference comes from the routing.</source>
        <translation>采样设置不同：差异不全来自路由。</translation>
    </message>
    <message>
        <source>Different seeds and sampling settings: not all of the difference comes from the routing.</source>
        <translation>种子和采样设置都不同：差异不全来自路由。</translation>
    </message>
    <message>
        <source>The two routings are being compared.</source>
        <translation>正在比较两次路由。</translation>
    </message>
    <message>
        <source>JS, bar to %1</source>
        <translation>JS，条形至 %1</translation>
    </message>
    <message>
        <source>Jensen–Shannon divergence of the shares: 0 the same, 1 no expert in common. The bars reach from 0 to %1.</source>
        <translation>份额的 Jensen–Shannon 散度：0 表示相同，1 表示没有共同的专家。条形的范围为 0 到 %1。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::Composer</name>
    <message>
        <source>Attach a text file (or drop it here)</source>
        <translation>附加文本文件（或拖放到此处）</translation>
    </message>
    <message>
        <source>Attach a text file</source>
        <translation>附加文本文件</translation>
    </message>
    <message>
        <source>Question</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Ask something</source>
        <translation>输入问题</translation>
    </message>
    <message>
        <source>Enter sends, Shift+Enter begins a new line</source>
        <translation>Enter 发送，Shift+Enter 换行</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Stop the answer (Esc)</source>
        <translation>停止回答 (Esc)</translation>
    </message>
    <message>
        <source>Send (Enter)</source>
        <translation>发送 (Enter)</translation>
    </message>
    <message>
        <source>Remove the attached file %1</source>
        <translation>移除附件 %1</translation>
    </message>
    <message>
        <source>%1, SHA-256 %2. Click to remove it.</source>
        <translation>%1，SHA-256 %2。点击移除。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ConnectionsModel</name>
    <message>
        <source>allowed</source>
        <translation>已允许</translation>
    </message>
    <message>
        <source>forbidden</source>
        <translation>已禁止</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>主机</translation>
    </message>
    <message>
        <source>Purpose</source>
        <translation>用途</translation>
    </message>
    <message>
        <source>By</source>
        <translation>发起者</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>结果</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ConversationList</name>
    <message>
        <source>New conversation</source>
        <translation>新对话</translation>
    </message>
    <message>
        <source>Search conversations</source>
        <translation>搜索对话</translation>
    </message>
    <message>
        <source>Conversations</source>
        <translation>对话</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Your conversations will be listed here.</source>
        <translation>对话将列在此处。</translation>
    </message>
    <message>
        <source>Nothing found for “%1”.</source>
        <translation>未找到“%1”。</translation>
    </message>
    <message>
        <source>Rename</source>
        <translation>重命名</translation>
    </message>
    <message>
        <source>Export…</source>
        <translation>导出…</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Conversation deleted</source>
        <translation>对话已删除</translation>
    </message>
    <message>
        <source>Deleted “%1”</source>
        <translation>已删除“%1”</translation>
    </message>
    <message>
        <source>Redact in audit log…</source>
        <translation>在审计日志中抹除…</translation>
    </message>
    <message>
        <source>Takes the prompts and answers of the deleted conversation out of the audit log, for good.</source>
        <translation>将已删除对话的提示和回答从审计日志中永久移除。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ConversationListModel</name>
    <message>
        <source>%1, answering</source>
        <translation>%1，正在回答</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ConversationSettings</name>
    <message>
        <source>System prompt</source>
        <translation>系统提示词</translation>
    </message>
    <message>
        <source>Close the drawer</source>
        <translation>关闭侧栏</translation>
    </message>
    <message>
        <source>How the model should behave in this conversation</source>
        <translation>模型在此对话中应如何表现</translation>
    </message>
    <message>
        <source>Sampling</source>
        <translation>采样</translation>
    </message>
    <message>
        <source>Preset</source>
        <translation>预设</translation>
    </message>
    <message>
        <source>Your own</source>
        <translation>自定义</translation>
    </message>
    <message>
        <source>Temperature</source>
        <translation>温度</translation>
    </message>
    <message>
        <source>0: always the most likely token. Higher: more chance.</source>
        <translation>0：总是选概率最高的词元。越大越随机。</translation>
    </message>
    <message>
        <source>Top-k</source>
        <translation>Top-k</translation>
    </message>
    <message>
        <source>Only the so many most likely tokens.</source>
        <translation>只保留概率最高的若干词元。</translation>
    </message>
    <message>
        <source>off</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Top-p</source>
        <translation>Top-p</translation>
    </message>
    <message>
        <source>Only the most likely tokens that together reach this probability. 1: off.</source>
        <translation>只保留累计概率达到此值的最可能词元。1：关闭。</translation>
    </message>
    <message>
        <source>Min-p</source>
        <translation>Min-p</translation>
    </message>
    <message>
        <source>Only tokens at least this likely, compared with the most likely one. 0: off.</source>
        <translation>只保留概率不低于最高概率乘以此值的词元。0：关闭。</translation>
    </message>
    <message>
        <source>Typical-p</source>
        <translation>Typical-p</translation>
    </message>
    <message>
        <source>Only tokens about as surprising as expected. 1: off.</source>
        <translation>只保留信息量接近期望值的词元。1：关闭。</translation>
    </message>
    <message>
        <source>Repetition penalty</source>
        <translation>重复惩罚</translation>
    </message>
    <message>
        <source>Makes tokens that have occurred less likely. 1: off.</source>
        <translation>降低已出现词元的概率。1：关闭。</translation>
    </message>
    <message>
        <source>Frequency penalty</source>
        <translation>频率惩罚</translation>
    </message>
    <message>
        <source>Subtracted once for each time that a token has occurred. 0: off.</source>
        <translation>词元每出现一次就减去一次。0：关闭。</translation>
    </message>
    <message>
        <source>Presence penalty</source>
        <translation>存在惩罚</translation>
    </message>
    <message>
        <source>Subtracted when a token has occurred at all. 0: off.</source>
        <translation>词元只要出现过就减去。0：关闭。</translation>
    </message>
    <message>
        <source>Penalties look back</source>
        <translation>惩罚回看范围</translation>
    </message>
    <message>
        <source>Over so many tokens.</source>
        <translation>回看的词元数。</translation>
    </message>
    <message>
        <source>everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 词元</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>random</source>
        <translation>随机</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>The same seed with the same settings gives the same text.</source>
        <translation>种子与设置相同，生成的文本也相同。</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Stop at</source>
        <translation>停止序列</translation>
    </message>
    <message>
        <source>The answer ends before the first of these texts. Separate them by |; \n is a line end.</source>
        <translation>遇到其中任一文本即在其前结束回答。用 | 分隔；\n 表示换行。</translation>
    </message>
    <message>
        <source>Values of your own.</source>
        <translation>自定义的取值。</translation>
    </message>
    <message>
        <source>Too large: a seed is at most %1.</source>
        <translation>太大：种子最大为 %1。</translation>
    </message>
    <message>
        <source>Logit bias</source>
        <translation>Logit 偏置</translation>
    </message>
    <message>
        <source>Makes tokens more or less likely. One a line, with what is added to its logit: “ sure: 2”, “\n: never”, “#123: -1.5”. The space before a word is part of its token.</source>
        <translation>让某些词元更可能或更不可能出现。每行一个，写明加到其 logit 上的值：“ sure: 2”、“\n: 从不”、“#123: -1.5”。单词前的空格属于词元。</translation>
    </message>
    <message>
        <source>Save these values as a preset</source>
        <translation>将这些值存为预设</translation>
    </message>
    <message>
        <source>Delete this preset</source>
        <translation>删除此预设</translation>
    </message>
    <message>
        <source>Name (a preset of yours with the same name is replaced):</source>
        <translation>名称（你的同名预设会被替换）：</translation>
    </message>
    <message>
        <source>The answer ends after so many tokens, and always when the context is full.</source>
        <translation>回答在达到此词元数后结束，上下文已满时也会结束。</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>不限</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::DecisionModel</name>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Experts · weight</source>
        <translation>专家 · 权重</translation>
    </message>
    <message>
        <source>Runners-up · score</source>
        <translation>候补 · 分数</translation>
    </message>
    <message>
        <source>Entropy</source>
        <translation>熵</translation>
    </message>
    <message>
        <source>Margin</source>
        <translation>分差</translation>
    </message>
    <message>
        <source>How evenly the router spread its scores: 0 one expert, 1 all alike.</source>
        <translation>路由分数的均匀程度：0 集中于一个专家，1 完全均匀。</translation>
    </message>
    <message>
        <source>Score of the last chosen expert minus that of the first one left out.</source>
        <translation>最后入选专家的分数减去首个落选专家的分数。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::EditsEditor</name>
    <message>
        <source>Disable</source>
        <translation>禁用</translation>
    </message>
    <message>
        <source>The chosen experts get no token.</source>
        <translation>选中的专家不再分到词元。</translation>
    </message>
    <message>
        <source>Boost</source>
        <translation>增强</translation>
    </message>
    <message>
        <source>Adds to the chosen experts&apos; router logits.</source>
        <translation>增加选中专家的路由 logits。</translation>
    </message>
    <message>
        <source>Force</source>
        <translation>强制</translation>
    </message>
    <message>
        <source>The chosen experts answer every token.</source>
        <translation>选中的专家处理每个词元。</translation>
    </message>
    <message>
        <source>Boost in logits</source>
        <translation>logits 增量</translation>
    </message>
    <message>
        <source>Layer whose number of experts is set</source>
        <translation>要设置专家数的层</translation>
    </message>
    <message>
        <source>Active experts per token</source>
        <translation>每个词元激活的专家数</translation>
    </message>
    <message>
        <source>as trained</source>
        <translation>与训练时相同</translation>
    </message>
    <message>
        <source>Routing edits in force</source>
        <translation>生效中的路由修改</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Takes the marked edits back.</source>
        <translation>撤回选中的修改。</translation>
    </message>
    <message>
        <source>Remove all</source>
        <translation>全部移除</translation>
    </message>
    <message>
        <source>Restores the model&apos;s own routing.</source>
        <translation>恢复模型自身的路由。</translation>
    </message>
    <message>
        <source>Save…</source>
        <translation>保存…</translation>
    </message>
    <message>
        <source>Writes the edits to a file.</source>
        <translation>将修改写入文件。</translation>
    </message>
    <message>
        <source>Open…</source>
        <translation>打开…</translation>
    </message>
    <message>
        <source>Reads edits from a file.</source>
        <translation>从文件读取修改。</translation>
    </message>
    <message>
        <source>Answer again with this edit</source>
        <translation>按此修改重新回答</translation>
    </message>
    <message>
        <source>Asks the same question under these edits, as a branch.</source>
        <translation>在这些修改下重问同一问题，作为新分支。</translation>
    </message>
    <message>
        <source>Active &amp;experts:</source>
        <translation>激活专家数(&amp;E)：</translation>
    </message>
    <message>
        <source>in every layer</source>
        <translation>所有层</translation>
    </message>
    <message>
        <source>in layer %1</source>
        <translation>第 %1 层</translation>
    </message>
    <message>
        <source>Not possible: %1</source>
        <translation>无法执行：%1</translation>
    </message>
    <message>
        <source>Save routing edits</source>
        <translation>保存路由修改</translation>
    </message>
    <message>
        <source>Routing edits (*.json)</source>
        <translation>路由修改 (*.json)</translation>
    </message>
    <message>
        <source>Open routing edits</source>
        <translation>打开路由修改</translation>
    </message>
    <message>
        <source>layer %1, expert %2</source>
        <translation>第 %1 层专家 %2</translation>
    </message>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>另有 %n 个</numerusform>
        </translation>
    </message>
    <message>
        <source>Chosen: %1</source>
        <translation>已选：%1</translation>
    </message>
    <message>
        <source>Choose experts in the heatmap to edit them.</source>
        <translation>在热力图中选择要修改的专家。</translation>
    </message>
    <message>
        <source>Boost by %1</source>
        <translation>增强 %1</translation>
    </message>
    <message>
        <source>No edit</source>
        <translation>取消修改</translation>
    </message>
    <message>
        <source>Damp</source>
        <translation>抑制</translation>
    </message>
    <message>
        <source>Damp by %1</source>
        <translation>抑制 %1</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::EvaluationView</name>
    <message>
        <source>No evaluation yet</source>
        <translation>尚无评估</translation>
    </message>
    <message>
        <source>The first one comes before the first step: loss and perplexity of the evaluation set, its best and worst samples, and the answers to your questions.</source>
        <translation>第一次评估在第一步之前进行：评估集的损失和困惑度、最好和最差的样本，以及对您所提问题的回答。</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Which</source>
        <translation>类别</translation>
    </message>
    <message>
        <source>Sample</source>
        <translation>样本</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>Text</source>
        <translation>文本</translation>
    </message>
    <message>
        <source>Best and worst samples</source>
        <translation>最好和最差的样本</translation>
    </message>
    <message>
        <source>This job asks no questions. Add some under Evaluation in the form, and their answers stand here at each evaluation.</source>
        <translation>该任务没有提问。请在表单的“评估”中添加问题，每次评估时的回答会显示在这里。</translation>
    </message>
    <message>
        <source>Questions</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Before the first step</source>
        <translation>第一步之前</translation>
    </message>
    <message>
        <source>After step %1</source>
        <translation>第 %1 步之后</translation>
    </message>
    <message>
        <source>loss %1</source>
        <translation>损失 %1</translation>
    </message>
    <message>
        <source>perplexity %1</source>
        <translation>困惑度 %1</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 词元</translation>
    </message>
    <message>
        <source>%1 of the experts&apos; choices differ from the base</source>
        <translation>专家选择中有 %1 与基础模型不同</translation>
    </message>
    <message>
        <source>worst</source>
        <translation>最差</translation>
    </message>
    <message>
        <source>best</source>
        <translation>最好</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ExpertChooser</name>
    <message>
        <source>Experts to train, by layer</source>
        <translation>要训练的专家（按层）</translation>
    </message>
    <message>
        <source>Click an expert, drag over several; Ctrl adds or removes. A click on a label takes its layer or expert whole.</source>
        <translation>单击选择一个专家，拖动选择多个；按住 Ctrl 可增减。单击标签会选中整层或整列专家。</translation>
    </message>
    <message>
        <source>Choose the busiest</source>
        <translation>选择最繁忙的</translation>
    </message>
    <message>
        <source>The fewest experts of each layer that together take this share of its tokens (ESFT).</source>
        <translation>每层中合计处理该比例词元所需的最少专家（ESFT）。</translation>
    </message>
    <message>
        <source>Share of the tokens</source>
        <translation>词元占比</translation>
    </message>
    <message>
        <source>All experts</source>
        <translation>全部专家</translation>
    </message>
    <message>
        <source>Takes the choice back: every routed expert is trained.</source>
        <translation>撤销选择：训练每一个路由专家。</translation>
    </message>
    <message>
        <source>All %1 routed experts.</source>
        <translation>全部 %1 个路由专家。</translation>
    </message>
    <message>
        <source>All routed experts.</source>
        <translation>全部路由专家。</translation>
    </message>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n 层</numerusform>
        </translation>
    </message>
    <message>
        <source>%1 experts in %2.</source>
        <translation>%2中的 %1 个专家。</translation>
    </message>
    <message>
        <source>%1 of %2 experts, in %3.</source>
        <translation>%2 个专家中的 %1 个，分布于 %3。</translation>
    </message>
    <message>
        <source>Ask something in Chat with this model: how often each expert is taken then colours the map.</source>
        <translation>请在“对话”中用该模型提问：之后图中颜色会表示每个专家被选中的频率。</translation>
    </message>
    <message>
        <source>Colours: %1.</source>
        <translation>颜色：%1。</translation>
    </message>
    <message>
        <source>Layer</source>
        <translation>层</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::FileList</name>
    <message>
        <source>Add…</source>
        <translation>添加…</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>%1: add a file</source>
        <translation>%1：添加文件</translation>
    </message>
    <message>
        <source>%1: remove the marked files</source>
        <translation>%1：移除选中的文件</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::FinetuneWidget</name>
    <message>
        <source>No fine-tunes yet</source>
        <translation>尚无微调</translation>
    </message>
    <message>
        <source>Here a model learns from your own conversations, in its experts and its attention, and you watch it do so. The example takes some minutes: it teaches the model that comes with the program who it is.</source>
        <translation>在这里，模型从您自己的对话中学习，训练其专家和注意力，而您可以全程观察。示例只需几分钟：它教会程序自带的模型自己是谁。</translation>
    </message>
    <message>
        <source>Teach Roundhouse Mini who it is</source>
        <translation>教会 Roundhouse Mini 它是谁</translation>
    </message>
    <message>
        <source>New fine-tune</source>
        <translation>新建微调</translation>
    </message>
    <message>
        <source>The picture was not saved.</source>
        <translation>图片未能保存。</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>已保存：%1</translation>
    </message>
    <message>
        <source>Opens the form of a new job.</source>
        <translation>打开新任务的表单。</translation>
    </message>
    <message>
        <source>Jobs and runs</source>
        <translation>任务与运行</translation>
    </message>
    <message>
        <source>Queued, running and finished jobs are listed here.</source>
        <translation>排队中、运行中和已完成的任务会列在这里。</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>Lays the curves of the chosen runs over each other. Choose several with Ctrl or Shift.</source>
        <translation>将所选运行的曲线叠放在一起。按住 Ctrl 或 Shift 可选择多个。</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>New job like this</source>
        <translation>以此新建任务</translation>
    </message>
    <message>
        <source>Copy the equivalent command</source>
        <translation>复制等效命令</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Next in the queue</source>
        <translation>排到队首</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Fine-tune</source>
        <translation>微调</translation>
    </message>
    <message>
        <source>Pause the fine-tune</source>
        <translation>暂停微调</translation>
    </message>
    <message>
        <source>Resume the fine-tune</source>
        <translation>继续微调</translation>
    </message>
    <message>
        <source>Cancel the fine-tune</source>
        <translation>取消微调</translation>
    </message>
    <message>
        <source>New job like the one on show</source>
        <translation>以当前任务新建任务</translation>
    </message>
    <message>
        <source>Copy the fine-tune&apos;s command</source>
        <translation>复制微调的命令</translation>
    </message>
    <message>
        <source>Compare the chosen runs</source>
        <translation>比较所选的运行</translation>
    </message>
    <message>
        <source>Choose two or more runs in the list, with Ctrl or Shift.</source>
        <translation>请按住 Ctrl 或 Shift，在列表中选择两个或更多运行。</translation>
    </message>
    <message>
        <source>Copied: %1</source>
        <translation>已复制：%1</translation>
    </message>
    <message>
        <source>Delete a run</source>
        <translation>删除运行</translation>
    </message>
    <message>
        <source>Delete “%1” from the list?</source>
        <translation>从列表中删除“%1”？</translation>
    </message>
    <message>
        <source>Delete its folder, too: checkpoints, events and adapter</source>
        <translation>同时删除其文件夹：检查点、事件和适配器</translation>
    </message>
    <message>
        <source>share of the tokens in the newest answer of the conversation in Chat</source>
        <translation>“对话”中当前会话最新回答的词元占比</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::FolderMenu</name>
    <message>
        <source>Do not search %1</source>
        <translation>不再搜索 %1</translation>
    </message>
    <message>
        <source>Search the Hugging Face cache, %1</source>
        <translation>搜索 Hugging Face 缓存 %1</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::FormRows</name>
    <message>
        <source>Problem: %1</source>
        <translation>问题：%1</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::JobDesk</name>
    <message>
        <source>The list of fine-tunes was damaged. It has been made anew from the folders of the runs; the damaged file is %1.</source>
        <translation>微调列表已损坏，现已根据各运行的文件夹重建；损坏的文件是 %1。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::JobForm</name>
    <message>
        <source>Preset: %1</source>
        <translation>预设：%1</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Model to train</source>
        <translation>要训练的模型</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Choose a model file</source>
        <translation>选择模型文件</translation>
    </message>
    <message>
        <source>Model</source>
        <translation>模型</translation>
    </message>
    <message>
        <source>Its weights stay as they are: what is trained lies beside them.</source>
        <translation>模型的权重保持不变：训练所得的内容另行存放。</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>请选择模型</translation>
    </message>
    <message>
        <source>Models (*.gguf *.safetensors)</source>
        <translation>模型 (*.gguf *.safetensors)</translation>
    </message>
    <message>
        <source>Data sets (*.jsonl *.json *.csv *.txt *.md *.parquet);;All files (*)</source>
        <translation>数据集 (*.jsonl *.json *.csv *.txt *.md *.parquet);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Training files</source>
        <translation>训练文件</translation>
    </message>
    <message>
        <source>Add training data</source>
        <translation>添加训练数据</translation>
    </message>
    <message>
        <source>Conversations, instructions, preference pairs or plain text.</source>
        <translation>对话、指令、偏好对或纯文本。</translation>
    </message>
    <message>
        <source>Evaluation files</source>
        <translation>评估文件</translation>
    </message>
    <message>
        <source>Add evaluation data</source>
        <translation>添加评估数据</translation>
    </message>
    <message>
        <source>Never trained on: they show whether it learns or memorises.</source>
        <translation>从不用于训练：用来判断模型是学会了还是死记硬背。</translation>
    </message>
    <message>
        <source>Kept for evaluation</source>
        <translation>留作评估</translation>
    </message>
    <message>
        <source>Share of the training rows, 0 to 0.5, that is kept out when there are no files for evaluation.</source>
        <translation>没有评估文件时，从训练行中留出的比例，0 到 0.5。</translation>
    </message>
    <message>
        <source>Attention</source>
        <translation>注意力</translation>
    </message>
    <message>
        <source>Routed experts</source>
        <translation>路由专家</translation>
    </message>
    <message>
        <source>Shared experts</source>
        <translation>共享专家</translation>
    </message>
    <message>
        <source>Dense layers</source>
        <translation>稠密层</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>What is trained</source>
        <translation>训练内容</translation>
    </message>
    <message>
        <source>The parts of the model that get an adapter.</source>
        <translation>模型中带有适配器的部分。</translation>
    </message>
    <message>
        <source>Rank</source>
        <translation>秩</translation>
    </message>
    <message>
        <source>How much an adapter can hold: its width. 8 for manner, 16 to 64 for knowledge.</source>
        <translation>适配器的容量，即其宽度。调整风格用 8，学习知识用 16 到 64。</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>The greatest step. 2e-4 suits LoRA; less for whole experts.</source>
        <translation>最大步幅。LoRA 适合 2e-4；训练整个专家时应更小。</translation>
    </message>
    <message>
        <source>Epochs</source>
        <translation>轮数</translation>
    </message>
    <message>
        <source>How often each sample is seen. Not used where a number of steps is set.</source>
        <translation>每个样本被看到的次数。设置了步数时不使用。</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Experts to train</source>
        <translation>要训练的专家</translation>
    </message>
    <message>
        <source>Data</source>
        <translation>数据</translation>
    </message>
    <message>
        <source>Format</source>
        <translation>格式</translation>
    </message>
    <message>
        <source>Detect</source>
        <translation>自动检测</translation>
    </message>
    <message>
        <source>Messages (OpenAI)</source>
        <translation>消息（OpenAI）</translation>
    </message>
    <message>
        <source>ShareGPT</source>
        <translation>ShareGPT</translation>
    </message>
    <message>
        <source>Alpaca</source>
        <translation>Alpaca</translation>
    </message>
    <message>
        <source>Preference pairs</source>
        <translation>偏好对</translation>
    </message>
    <message>
        <source>Raw text</source>
        <translation>纯文本</translation>
    </message>
    <message>
        <source>How rows are read.</source>
        <translation>读取各行的方式。</translation>
    </message>
    <message>
        <source>Field names</source>
        <translation>字段名</translation>
    </message>
    <message>
        <source>Where the file calls things otherwise: role, colon, the file&apos;s own name; several with commas.</source>
        <translation>文件使用其他名称时填写：角色、冒号、文件中的名称；多个用逗号分隔。</translation>
    </message>
    <message>
        <source>Longest sample</source>
        <translation>最长样本</translation>
    </message>
    <message>
        <source>In tokens; at most the model&apos;s context.</source>
        <translation>以词元计；不超过模型的上下文。</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 词元</translation>
    </message>
    <message>
        <source>Longer samples</source>
        <translation>更长的样本</translation>
    </message>
    <message>
        <source>are left out</source>
        <translation>排除</translation>
    </message>
    <message>
        <source>are cut</source>
        <translation>截断</translation>
    </message>
    <message>
        <source>Unusable rows</source>
        <translation>不可用的行</translation>
    </message>
    <message>
        <source>stop the start</source>
        <translation>阻止开始</translation>
    </message>
    <message>
        <source>are skipped</source>
        <translation>跳过</translation>
    </message>
    <message>
        <source>Rows that cannot be read or used. The check names each by its line.</source>
        <translation>无法读取或使用的行。检查会逐一列出行号。</translation>
    </message>
    <message>
        <source>Adapter</source>
        <translation>适配器</translation>
    </message>
    <message>
        <source>Method</source>
        <translation>方法</translation>
    </message>
    <message>
        <source>LoRA</source>
        <translation>LoRA</translation>
    </message>
    <message>
        <source>DoRA</source>
        <translation>DoRA</translation>
    </message>
    <message>
        <source>Bottleneck</source>
        <translation>瓶颈适配器</translation>
    </message>
    <message>
        <source>Whole experts (ESFT)</source>
        <translation>整个专家（ESFT）</translation>
    </message>
    <message>
        <source>LoRA adds a low-rank product. DoRA also trains each row&apos;s length. A bottleneck follows the block. Whole experts are trained themselves.</source>
        <translation>LoRA 加上一个低秩乘积。DoRA 还训练每行的长度。瓶颈适配器接在块之后。整个专家则直接训练专家自身的权重。</translation>
    </message>
    <message>
        <source>Alpha</source>
        <translation>Alpha</translation>
    </message>
    <message>
        <source>The adapter&apos;s scale is alpha / rank.</source>
        <translation>适配器的缩放为 alpha / 秩。</translation>
    </message>
    <message>
        <source>Scale</source>
        <translation>缩放</translation>
    </message>
    <message>
        <source>alpha / √rank (rsLoRA)</source>
        <translation>alpha / √秩（rsLoRA）</translation>
    </message>
    <message>
        <source>Keeps high ranks learning as fast as low ones.</source>
        <translation>使高秩与低秩学得一样快。</translation>
    </message>
    <message>
        <source>LoRA+ ratio</source>
        <translation>LoRA+ 比率</translation>
    </message>
    <message>
        <source>Learning rate of B, as a multiple of that of A. 1: the same; 16 is usual for LoRA+.</source>
        <translation>B 的学习率相对于 A 的倍数。1：相同；LoRA+ 通常用 16。</translation>
    </message>
    <message>
        <source>Further weights</source>
        <translation>其他权重</translation>
    </message>
    <message>
        <source>Patterns of weights&apos; names, with commas; they are trained, too.</source>
        <translation>权重名称的模式，用逗号分隔；它们也会被训练。</translation>
    </message>
    <message>
        <source>Leave alone</source>
        <translation>保持不变</translation>
    </message>
    <message>
        <source>Patterns of weights that stay as they are.</source>
        <translation>保持不变的权重的名称模式。</translation>
    </message>
    <message>
        <source>Router</source>
        <translation>路由器</translation>
    </message>
    <message>
        <source>is trained, too</source>
        <translation>也参与训练</translation>
    </message>
    <message>
        <source>Frozen, tokens keep going to the experts they went to.</source>
        <translation>冻结时，词元仍会分配给原来的专家。</translation>
    </message>
    <message>
        <source>Balance loss</source>
        <translation>均衡损失</translation>
    </message>
    <message>
        <source>None</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Over each batch</source>
        <translation>按批次</translation>
    </message>
    <message>
        <source>Over each sequence</source>
        <translation>按序列</translation>
    </message>
    <message>
        <source>Penalises uneven use of experts.</source>
        <translation>惩罚对专家的不均衡使用。</translation>
    </message>
    <message>
        <source>Its weight</source>
        <translation>其权重</translation>
    </message>
    <message>
        <source>z-loss weight</source>
        <translation>z 损失权重</translation>
    </message>
    <message>
        <source>Keeps router logits small; 0: none.</source>
        <translation>使路由器的 logit 保持较小；0：不使用。</translation>
    </message>
    <message>
        <source>Bias update</source>
        <translation>偏置更新</translation>
    </message>
    <message>
        <source>Of the selection bias, each step; 0: it stays.</source>
        <translation>选择偏置每步的变化；0：不变。</translation>
    </message>
    <message>
        <source>Optimiser</source>
        <translation>优化器</translation>
    </message>
    <message>
        <source>Schedule</source>
        <translation>学习率调度</translation>
    </message>
    <message>
        <source>Constant</source>
        <translation>恒定</translation>
    </message>
    <message>
        <source>Cosine</source>
        <translation>余弦</translation>
    </message>
    <message>
        <source>Warm-up, stable, decay</source>
        <translation>预热、稳定、衰减</translation>
    </message>
    <message>
        <source>Warm-up</source>
        <translation>预热</translation>
    </message>
    <message>
        <source>Steps in which the learning rate grows to its full value.</source>
        <translation>学习率上升到最大值所用的步数。</translation>
    </message>
    <message>
        <source>Decay</source>
        <translation>衰减</translation>
    </message>
    <message>
        <source>Steps at the end in which the learning rate falls.</source>
        <translation>最后学习率下降所用的步数。</translation>
    </message>
    <message>
        <source> steps</source>
        <translation> 步</translation>
    </message>
    <message>
        <source>Lowest rate</source>
        <translation>最低学习率</translation>
    </message>
    <message>
        <source>As a share of the learning rate, at the end.</source>
        <translation>结束时占学习率的比例。</translation>
    </message>
    <message>
        <source>Weight decay</source>
        <translation>权重衰减</translation>
    </message>
    <message>
        <source>Clip gradients at</source>
        <translation>梯度裁剪</translation>
    </message>
    <message>
        <source>Greatest norm of all gradients together; 0: no limit.</source>
        <translation>所有梯度合计的最大范数；0：不限制。</translation>
    </message>
    <message>
        <source>Beta 1</source>
        <translation>Beta 1</translation>
    </message>
    <message>
        <source>Memory of the gradients&apos; mean.</source>
        <translation>梯度均值的记忆系数。</translation>
    </message>
    <message>
        <source>Beta 2</source>
        <translation>Beta 2</translation>
    </message>
    <message>
        <source>Memory of the gradients&apos; squares.</source>
        <translation>梯度平方的记忆系数。</translation>
    </message>
    <message>
        <source>Epsilon</source>
        <translation>Epsilon</translation>
    </message>
    <message>
        <source>Moments</source>
        <translation>动量</translation>
    </message>
    <message>
        <source>32-bit float</source>
        <translation>32 位浮点</translation>
    </message>
    <message>
        <source>8-bit</source>
        <translation>8 位</translation>
    </message>
    <message>
        <source>8 bits take a quarter of the optimiser&apos;s memory.</source>
        <translation>8 位只占优化器四分之一的内存。</translation>
    </message>
    <message>
        <source>Steps and batches</source>
        <translation>步数与批次</translation>
    </message>
    <message>
        <source>Steps</source>
        <translation>步数</translation>
    </message>
    <message>
        <source>as the epochs need</source>
        <translation>由轮数决定</translation>
    </message>
    <message>
        <source>Samples a step</source>
        <translation>每步样本数</translation>
    </message>
    <message>
        <source>Tokens at once</source>
        <translation>同时处理</translation>
    </message>
    <message>
        <source>Run through the model together; a step takes as many such batches as it needs. Fewer take less memory.</source>
        <translation>一起通过模型的词元数；每步会使用所需数量的批次。越少占用内存越少。</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Every</source>
        <translation>间隔</translation>
    </message>
    <message>
        <source>ten times in all</source>
        <translation>总共十次</translation>
    </message>
    <message>
        <source>Also before the first and after the last step.</source>
        <translation>第一步之前和最后一步之后也会进行。</translation>
    </message>
    <message>
        <source>One question a line</source>
        <translation>每行一个问题</translation>
    </message>
    <message>
        <source>Questions</source>
        <translation>问题</translation>
    </message>
    <message>
        <source>Answered at each evaluation, so that one sees the answers change. One a line.</source>
        <translation>每次评估时都会回答，以便观察回答的变化。每行一个。</translation>
    </message>
    <message>
        <source>Longest answer</source>
        <translation>最长回答</translation>
    </message>
    <message>
        <source>Threads</source>
        <translation>线程</translation>
    </message>
    <message>
        <source>one per processor</source>
        <translation>每个处理器一个</translation>
    </message>
    <message>
        <source>Best there is</source>
        <translation>最佳可用</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>指令集</translation>
    </message>
    <message>
        <source>Precision</source>
        <translation>精度</translation>
    </message>
    <message>
        <source>bfloat16</source>
        <translation>bfloat16</translation>
    </message>
    <message>
        <source>Of the activations; trained weights are 32-bit in any case.</source>
        <translation>激活值的精度；训练的权重始终为 32 位。</translation>
    </message>
    <message>
        <source>Activations (MB)</source>
        <translation>激活值（MB）</translation>
    </message>
    <message>
        <source>Kept between forward and backward pass, at most. 0: half of what is free.</source>
        <translation>前向与反向之间最多保留的量。0：可用内存的一半。</translation>
    </message>
    <message>
        <source>Checkpoint every</source>
        <translation>检查点间隔</translation>
    </message>
    <message>
        <source>What a crash can cost at most.</source>
        <translation>崩溃时最多损失的步数。</translation>
    </message>
    <message>
        <source>Kept checkpoints</source>
        <translation>保留的检查点</translation>
    </message>
    <message>
        <source>Seed</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Of fresh weights and of the order of samples.</source>
        <translation>用于新权重和样本顺序。</translation>
    </message>
    <message>
        <source>Folder</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>in Roundhouse&apos;s own data</source>
        <translation>位于 Roundhouse 自己的数据中</translation>
    </message>
    <message>
        <source>Where checkpoints and adapter are written.</source>
        <translation>写入检查点和适配器的位置。</translation>
    </message>
    <message>
        <source>Roundhouse Mini (comes with the program)</source>
        <translation>Roundhouse Mini（程序自带）</translation>
    </message>
    <message>
        <source>This is no number.</source>
        <translation>这不是数字。</translation>
    </message>
    <message>
        <source>A whole number, 0 or more, is expected.</source>
        <translation>应为不小于 0 的整数。</translation>
    </message>
    <message>
        <source>Expected: role, colon, the file&apos;s own name; several with commas.</source>
        <translation>格式应为：角色、冒号、文件中的名称；多个用逗号分隔。</translation>
    </message>
    <message>
        <source>A name is needed: the adapter is called by it.</source>
        <translation>需要名称：适配器以此命名。</translation>
    </message>
    <message>
        <source>Add at least one file to learn from.</source>
        <translation>请至少添加一个用于学习的文件。</translation>
    </message>
    <message>
        <source>%1 is not there.</source>
        <translation>%1 不存在。</translation>
    </message>
    <message>
        <source>Choose what is trained.</source>
        <translation>请选择训练内容。</translation>
    </message>
    <message>
        <source>trained</source>
        <translation>参与训练</translation>
    </message>
    <message>
        <source>frozen</source>
        <translation>冻结</translation>
    </message>
    <message>
        <source>Which experts</source>
        <translation>选择方式</translation>
    </message>
    <message>
        <source>Those marked below, or all</source>
        <translation>下方选中的，或全部</translation>
    </message>
    <message>
        <source>By routing weight on the training data</source>
        <translation>按训练数据的路由权重</translation>
    </message>
    <message>
        <source>By tokens of the training data</source>
        <translation>按训练数据的词元</translation>
    </message>
    <message>
        <source>By the training data, the worker scores the experts before it starts and takes the best of each layer (ESFT).</source>
        <translation>按训练数据选择时，工作进程会在开始前为专家评分，并选取每层最好的专家（ESFT）。</translation>
    </message>
    <message>
        <source>Share to reach</source>
        <translation>目标占比</translation>
    </message>
    <message>
        <source>Of each layer the best experts until their shares add up to this.</source>
        <translation>每层取最好的专家，直到占比合计达到该值。</translation>
    </message>
    <message>
        <source>Output, compute and checkpoints</source>
        <translation>输出、计算与检查点</translation>
    </message>
    <message>
        <source>Also write</source>
        <translation>另存为</translation>
    </message>
    <message>
        <source>the adapter as GGUF</source>
        <translation>GGUF 适配器</translation>
    </message>
    <message>
        <source>As llama.cpp reads it, where the model is in GGUF.</source>
        <translation>模型为 GGUF 时，按 llama.cpp 可读的格式写出。</translation>
    </message>
    <message>
        <source>Merged model</source>
        <translation>合并后的模型</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>in the model&apos;s own types</source>
        <translation>按模型原有类型</translation>
    </message>
    <message>
        <source>A model of its own with the adapter in its weights; it is compared with what was trained, too.</source>
        <translation>权重中已合入适配器的独立模型；也会与训练结果进行比较。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MainWindow</name>
    <message>
        <source>Rooms</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Window</source>
        <translation>窗口</translation>
    </message>
    <message>
        <source>Go to %1</source>
        <translation>转到“%1”</translation>
    </message>
    <message>
        <source>%1 beside the conversation</source>
        <translation>在对话旁显示“%1”</translation>
    </message>
    <message>
        <source>Find a command, conversation or model</source>
        <translation>查找命令、对话或模型</translation>
    </message>
    <message>
        <source>Full screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MemoryBars</name>
    <message>
        <source>predicted %1</source>
        <translation>预计 %1</translation>
    </message>
    <message>
        <source>used %1</source>
        <translation>实际 %1</translation>
    </message>
    <message>
        <source>Memory: %1</source>
        <translation>内存：%1</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Predicted</source>
        <translation>预计</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>实际</translation>
    </message>
    <message>
        <source>Used: shown once the model is loaded</source>
        <translation>实际占用：加载模型后显示</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MemoryModel</name>
    <message>
        <source>Dense weights</source>
        <translation>稠密权重</translation>
    </message>
    <message>
        <source>Expert weights</source>
        <translation>专家权重</translation>
    </message>
    <message>
        <source>KV cache</source>
        <translation>KV 缓存</translation>
    </message>
    <message>
        <source>Working space</source>
        <translation>工作缓冲</translation>
    </message>
    <message>
        <source>Together</source>
        <translation>合计</translation>
    </message>
    <message>
        <source>not known</source>
        <translation>未知</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>Predicted</source>
        <translation>预计</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>实际</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MessageCard</name>
    <message>
        <source>Question</source>
        <translation>提问</translation>
    </message>
    <message>
        <source>Progress of reading the prompt</source>
        <translation>读取提示词的进度</translation>
    </message>
    <message>
        <source>Branch before</source>
        <translation>上一分支</translation>
    </message>
    <message>
        <source>Next branch</source>
        <translation>下一分支</translation>
    </message>
    <message>
        <source>Copy the text</source>
        <translation>复制文本</translation>
    </message>
    <message>
        <source>Edit the question and ask again</source>
        <translation>编辑提问并重新提交</translation>
    </message>
    <message>
        <source>Answer again (Ctrl+Enter)</source>
        <translation>重新回答 (Ctrl+Enter)</translation>
    </message>
    <message>
        <source>Branch %1 of %2</source>
        <translation>分支 %1/%2</translation>
    </message>
    <message>
        <source>You</source>
        <translation>你</translation>
    </message>
    <message>
        <source>Tool</source>
        <translation>工具</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Attached: %1</source>
        <translation>附件：%1</translation>
    </message>
    <message>
        <source>Waits until a model is loaded</source>
        <translation>等待模型加载</translation>
    </message>
    <message>
        <source>Reading the prompt, %1 of %2 tokens</source>
        <translation>正在读取提示词，%1/%2 词元</translation>
    </message>
    <message>
        <source>Waits for its turn</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>Cut off: Roundhouse ended while this answer was being written.</source>
        <translation>回答中断：生成期间 Roundhouse 已退出。</translation>
    </message>
    <message numerus="yes">
        <source>The context is full: the %n oldest message(s) were left out.</source>
        <translation>
            <numerusform>上下文已满：最早的 %n 条消息未计入。</numerusform>
        </translation>
    </message>
    <message>
        <source>The answer was refused</source>
        <translation>回答被拒绝</translation>
    </message>
    <message>
        <source>The answer failed</source>
        <translation>回答失败</translation>
    </message>
    <message>
        <source>Edited routing: %1</source>
        <translation>路由已修改：%1</translation>
    </message>
    <message>
        <source>first token after %1</source>
        <translation>首词元 %1</translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s)</source>
        <translation>
            <numerusform>%Ln 词元</numerusform>
        </translation>
    </message>
    <message>
        <source>context %1 of %2 tokens</source>
        <translation>上下文 %1/%2 词元</translation>
    </message>
    <message>
        <source>%1 reused</source>
        <translation>复用 %1</translation>
    </message>
    <message>
        <source>Edited question</source>
        <translation>编辑后的提问</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Ask again</source>
        <translation>重新提问</translation>
    </message>
    <message>
        <source>%1. %2</source>
        <translation>%1。%2</translation>
    </message>
    <message>
        <source>Opens Routing.</source>
        <translation>打开“路由”。</translation>
    </message>
    <message>
        <source>Imported</source>
        <translation>已导入</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MessageView</name>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Show earlier messages</source>
        <translation>显示更早的消息</translation>
    </message>
    <message>
        <source>To the end</source>
        <translation>跳到末尾</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MetadataModel</name>
    <message>
        <source>Key</source>
        <translation>键</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MetadataView</name>
    <message>
        <source>Search the metadata</source>
        <translation>搜索元数据</translation>
    </message>
    <message>
        <source>Metadata</source>
        <translation>元数据</translation>
    </message>
    <message>
        <source>Nothing in the metadata matches “%1”.</source>
        <translation>元数据中没有与“%1”匹配的内容。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ModelDetails</name>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Context in tokens</source>
        <translation>上下文词元数</translation>
    </message>
    <message>
        <source>Memory is reserved for so many tokens of prompt and answer together.</source>
        <translation>按提示词与回答合计的词元数预留内存。</translation>
    </message>
    <message>
        <source> tokens</source>
        <translation> 词元</translation>
    </message>
    <message>
        <source>Load</source>
        <translation>加载</translation>
    </message>
    <message>
        <source>Answer with it</source>
        <translation>用它回答</translation>
    </message>
    <message>
        <source>Unload</source>
        <translation>卸载</translation>
    </message>
    <message>
        <source>Memory by purpose</source>
        <translation>按用途划分的内存</translation>
    </message>
    <message>
        <source>Loaded</source>
        <translation>已加载</translation>
    </message>
    <message>
        <source>Loading was cancelled</source>
        <translation>已取消加载</translation>
    </message>
    <message>
        <source>Loading failed</source>
        <translation>加载失败</translation>
    </message>
    <message>
        <source>Comes with Roundhouse</source>
        <translation>Roundhouse 自带</translation>
    </message>
    <message>
        <source>%1 layers, width %2, vocabulary %3</source>
        <translation>%1 层，宽度 %2，词表 %3</translation>
    </message>
    <message numerus="yes">
        <source>Experts: %n routed layers of %1, %2 per token, scored by %3</source>
        <translation>
            <numerusform>专家：%n 个路由层，每层 %1 个，每词元激活 %2 个，打分方式 %3</numerusform>
        </translation>
    </message>
    <message>
        <source>Licence: %1</source>
        <translation>许可证：%1</translation>
    </message>
    <message>
        <source>By %1</source>
        <translation>作者：%1</translation>
    </message>
    <message>
        <source>Made from %1</source>
        <translation>基于 %1</translation>
    </message>
    <message>
        <source>Has no chat template: it continues texts, it does not chat</source>
        <translation>没有对话模板：只能续写文本，不能对话</translation>
    </message>
    <message>
        <source>Choose a model</source>
        <translation>请选择模型</translation>
    </message>
    <message>
        <source>Cannot be loaded: %1</source>
        <translation>无法加载：%1</translation>
    </message>
    <message>
        <source>The model was not loaded</source>
        <translation>模型未加载</translation>
    </message>
    <message>
        <source>Loading</source>
        <translation>正在加载</translation>
    </message>
    <message>
        <source>Fits: %1 of memory are free.</source>
        <translation>内存足够：剩余 %1。</translation>
    </message>
    <message>
        <source>Does not fit: only %1 of memory are free. Choose a shorter context or a smaller model.</source>
        <translation>内存不足：仅剩 %1。请选择更短的上下文或更小的模型。</translation>
    </message>
    <message>
        <source>Used is %1 % of what was predicted. The KV cache counts what sessions have reserved.</source>
        <translation>实际占用为预计的 %1 %。KV 缓存按会话预留量计。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ModelsModel</name>
    <message>
        <source>dense</source>
        <translation>稠密</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>Loading, %1 %</source>
        <translation>加载中，%1 %</translation>
    </message>
    <message>
        <source>Loaded, answers</source>
        <translation>已加载，当前使用</translation>
    </message>
    <message>
        <source>Loaded</source>
        <translation>已加载</translation>
    </message>
    <message>
        <source>Cannot be loaded: %1</source>
        <translation>无法加载：%1</translation>
    </message>
    <message>
        <source>Loading failed: %1</source>
        <translation>加载失败：%1</translation>
    </message>
    <message>
        <source>Can be loaded</source>
        <translation>可加载</translation>
    </message>
    <message>
        <source>%1, %2 active</source>
        <translation>%1，激活 %2</translation>
    </message>
    <message>
        <source>%1 tokens</source>
        <translation>%1 词元</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Architecture</source>
        <translation>架构</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Parameters</source>
        <translation>参数量</translation>
    </message>
    <message>
        <source>Experts</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Types</source>
        <translation>数据类型</translation>
    </message>
    <message>
        <source>Context</source>
        <translation>上下文</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>%1 × %2, top %3</source>
        <translation>%1 × %2，激活 %3</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ModelsWidget</name>
    <message>
        <source>Models</source>
        <translation>模型</translation>
    </message>
    <message numerus="yes">
        <source>Searching… %n model(s)</source>
        <translation>
            <numerusform>正在搜索… %n 个模型</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation>
            <numerusform>%n 个模型</numerusform>
        </translation>
    </message>
    <message>
        <source>No models were found</source>
        <translation>未找到模型</translation>
    </message>
    <message>
        <source>Name a folder with GGUF files or safetensors. Nothing is copied.</source>
        <translation>请指定包含 GGUF 或 safetensors 文件的文件夹。不会复制任何文件。</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>添加文件夹</translation>
    </message>
    <message>
        <source>Some folders could not be read</source>
        <translation>部分文件夹无法读取</translation>
    </message>
    <message>
        <source>It is searched with all its subfolders. Nothing is copied.</source>
        <translation>会搜索该文件夹及其所有子文件夹。不会复制任何文件。</translation>
    </message>
    <message>
        <source>Folders</source>
        <translation>文件夹</translation>
    </message>
    <message>
        <source>Which folders are searched</source>
        <translation>要搜索的文件夹</translation>
    </message>
    <message>
        <source>Search again</source>
        <translation>重新搜索</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Filter models</source>
        <translation>筛选模型</translation>
    </message>
    <message>
        <source>Add a folder with models…</source>
        <translation>添加模型文件夹…</translation>
    </message>
    <message>
        <source>Search for models again</source>
        <translation>重新搜索模型</translation>
    </message>
    <message>
        <source>Load the chosen model</source>
        <translation>加载选中的模型</translation>
    </message>
    <message>
        <source>Unload the chosen model</source>
        <translation>卸载选中的模型</translation>
    </message>
    <message>
        <source>Searching…</source>
        <translation>正在搜索…</translation>
    </message>
    <message>
        <source>Only folders and GGUF files hold models</source>
        <translation>只有文件夹和 GGUF 文件中有模型</translation>
    </message>
    <message numerus="yes">
        <source>Stopped at %n model(s)</source>
        <translation>
            <numerusform>已停止，找到 %n 个模型</numerusform>
        </translation>
    </message>
    <message>
        <source>Stop searching</source>
        <translation>停止搜索</translation>
    </message>
    <message>
        <source>No model matches “%1”</source>
        <translation>没有与“%1”匹配的模型</translation>
    </message>
    <message>
        <source>Clear the filter</source>
        <translation>清除筛选</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::PluginsModel</name>
    <message>
        <source>Running, without its panels</source>
        <translation>运行中，无面板</translation>
    </message>
    <message>
        <source>Plugin</source>
        <translation>插件</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Licence</source>
        <translation>许可证</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::PluginsWidget</name>
    <message>
        <source>Plugins and their panels</source>
        <translation>插件及其面板</translation>
    </message>
    <message>
        <source>Switch off</source>
        <translation>停用</translation>
    </message>
    <message>
        <source>Switches the plugin on or off, here and on the command line. It is remembered and logged.</source>
        <translation>启用或停用插件，窗口与命令行同时生效。此选择会被记住并写入日志。</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Forgets what was found out about it, tries it in a process of its own and starts it.</source>
        <translation>清除已有检查结果，在独立进程中试运行后启动。</translation>
    </message>
    <message>
        <source>Open its folder</source>
        <translation>打开所在文件夹</translation>
    </message>
    <message>
        <source>Shows the plugin&apos;s files.</source>
        <translation>显示插件的文件。</translation>
    </message>
    <message>
        <source>Look for plugins</source>
        <translation>查找插件</translation>
    </message>
    <message>
        <source>Looks for plugins that were added, tries them and starts them.</source>
        <translation>查找新增的插件，试运行后启动。</translation>
    </message>
    <message>
        <source>Open your plugins folder</source>
        <translation>打开插件文件夹</translation>
    </message>
    <message>
        <source>A folder put in here is found the next time.</source>
        <translation>放入此处的文件夹会在下次查找时发现。</translation>
    </message>
    <message>
        <source>No plugins yet</source>
        <translation>尚无插件</translation>
    </message>
    <message>
        <source>Plugins add panels, tools for chat and commands. Put a plugin&apos;s folder into your plugins folder, then look for plugins.</source>
        <translation>插件可增加面板、对话工具和命令。将插件的文件夹放入插件文件夹，然后查找插件。</translation>
    </message>
    <message>
        <source>Plugins</source>
        <translation>插件</translation>
    </message>
    <message>
        <source>What the plugin says of itself</source>
        <translation>插件的自述</translation>
    </message>
    <message>
        <source>Manage</source>
        <translation>管理</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>启用</translation>
    </message>
    <message>
        <source>Its panels are not shown. %1</source>
        <translation>其面板未显示。%1</translation>
    </message>
    <message>
        <source>Id: %1</source>
        <translation>标识：%1</translation>
    </message>
    <message>
        <source>Version: %1, for plugin interface %2.%3</source>
        <translation>版本：%1，插件接口 %2.%3</translation>
    </message>
    <message>
        <source>Licence: %1</source>
        <translation>许可证：%1</translation>
    </message>
    <message>
        <source>Author: %1</source>
        <translation>作者：%1</translation>
    </message>
    <message>
        <source>Folder: %1</source>
        <translation>文件夹：%1</translation>
    </message>
    <message>
        <source>Panels</source>
        <translation>面板</translation>
    </message>
    <message>
        <source>Tools, called in chat</source>
        <translation>对话中可调用的工具</translation>
    </message>
    <message>
        <source>Commands of roundhouse-cli</source>
        <translation>roundhouse-cli 命令</translation>
    </message>
    <message>
        <source>Evaluation tasks</source>
        <translation>评测任务</translation>
    </message>
    <message>
        <source>Imports</source>
        <translation>数据导入</translation>
    </message>
    <message>
        <source>What it writes to the audit log</source>
        <translation>写入审计日志的内容</translation>
    </message>
    <message>
        <source>Plugins are tried and started</source>
        <translation>正在检查并启动插件</translation>
    </message>
    <message>
        <source>It is not running and cannot be switched off: remove one of the two folders, then check again.</source>
        <translation>它没有运行，也无法关闭：请删除两个文件夹中的一个，然后重新检查。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ReasoningFold</name>
    <message>
        <source>Reasoning</source>
        <translation>思考过程</translation>
    </message>
    <message>
        <source>Thinking… %1 characters</source>
        <translation>思考中… %1 字</translation>
    </message>
    <message>
        <source>Reasoning, %1 characters</source>
        <translation>思考过程，%1 字</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ResultView</name>
    <message>
        <source>Compare base and adapter</source>
        <translation>比较基础模型与适配器</translation>
    </message>
    <message>
        <source>Asks both the same question, side by side, and shows how their routing differs.</source>
        <translation>向两者提出同一个问题，并排显示回答，并展示路由的差异。</translation>
    </message>
    <message>
        <source>Predicted and actual</source>
        <translation>预计与实际</translation>
    </message>
    <message>
        <source>What</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Predicted</source>
        <translation>预计</translation>
    </message>
    <message>
        <source>Actual</source>
        <translation>实际</translation>
    </message>
    <message>
        <source>Actual / predicted</source>
        <translation>实际 / 预计</translation>
    </message>
    <message>
        <source>Exports and parity</source>
        <translation>导出与一致性</translation>
    </message>
    <message>
        <source>When a run is over, its adapter is written, read back and compared with what was trained, on the same prompts: it stands here with pass or fail.</source>
        <translation>运行结束后，适配器会被写出、重新读取，并用相同的提示与训练结果比较：结果（通过或未通过）显示在这里。</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>KL mean</source>
        <translation>KL 平均</translation>
    </message>
    <message>
        <source>KL max</source>
        <translation>KL 最大</translation>
    </message>
    <message>
        <source>Same tokens</source>
        <translation>相同词元</translation>
    </message>
    <message>
        <source>Parity</source>
        <translation>一致性</translation>
    </message>
    <message>
        <source>Parity of the exports</source>
        <translation>导出的一致性</translation>
    </message>
    <message>
        <source>File</source>
        <translation>文件</translation>
    </message>
    <message>
        <source>Kind</source>
        <translation>种类</translation>
    </message>
    <message>
        <source>SHA-256</source>
        <translation>SHA-256</translation>
    </message>
    <message>
        <source>Exported files</source>
        <translation>导出的文件</translation>
    </message>
    <message>
        <source>Finished: the adapter is ready. The base model has not changed.</source>
        <translation>已完成：适配器已就绪。基础模型没有改变。</translation>
    </message>
    <message>
        <source>The adapter appears here when the run has finished. Checkpoints before that are for going on, not for use.</source>
        <translation>运行完成后，适配器会显示在这里。此前的检查点用于继续训练，不供使用。</translation>
    </message>
    <message>
        <source>Memory, at its peak</source>
        <translation>内存峰值</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Time so far</source>
        <translation>已用时间</translation>
    </message>
    <message>
        <source>passed</source>
        <translation>通过</translation>
    </message>
    <message>
        <source>failed</source>
        <translation>未通过</translation>
    </message>
    <message>
        <source>Finished: whole weights were trained. The merged model below is the result; the base model has not changed.</source>
        <translation>已完成:训练的是整块权重。下方合并后的模型即为结果;基础模型没有改变。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::RoutingWidget</name>
    <message>
        <source>Expert load by layer</source>
        <translation>各层专家负载</translation>
    </message>
    <message>
        <source>Ask something in Chat: which experts answer, layer by layer, appears here as the answer streams.</source>
        <translation>在“对话”中提问：各层由哪些专家作答，会随回答实时显示在此处。</translation>
    </message>
    <message>
        <source>Details of the routing</source>
        <translation>路由详情</translation>
    </message>
    <message>
        <source>What the colours measure</source>
        <translation>颜色表示的指标</translation>
    </message>
    <message>
        <source>Share</source>
        <translation>占比</translation>
    </message>
    <message>
        <source>Gate mass</source>
        <translation>门控权重</translation>
    </message>
    <message>
        <source>Which tokens are counted</source>
        <translation>统计哪些词元</translation>
    </message>
    <message>
        <source>All tokens</source>
        <translation>全部词元</translation>
    </message>
    <message>
        <source>Prompt</source>
        <translation>提示词</translation>
    </message>
    <message>
        <source>Answer</source>
        <translation>回答</translation>
    </message>
    <message>
        <source>Chosen tokens</source>
        <translation>选中的词元</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Export the picture or the trace</source>
        <translation>导出图片或轨迹</translation>
    </message>
    <message>
        <source>Trace as .rhtrace…</source>
        <translation>轨迹 (.rhtrace)…</translation>
    </message>
    <message>
        <source>Trace as CSV…</source>
        <translation>轨迹 (CSV)…</translation>
    </message>
    <message>
        <source>Trace as JSON…</source>
        <translation>轨迹 (JSON)…</translation>
    </message>
    <message>
        <source>Decisions per layer</source>
        <translation>各层路由决策</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Balance per layer</source>
        <translation>各层负载均衡</translation>
    </message>
    <message>
        <source>Balance</source>
        <translation>均衡</translation>
    </message>
    <message>
        <source>Experts chosen together</source>
        <translation>专家共同激活</translation>
    </message>
    <message>
        <source>Choose a cell of the heatmap: its layer&apos;s experts that answer together appear here.</source>
        <translation>选择热力图的一个单元格，此处显示该层共同激活的专家。</translation>
    </message>
    <message>
        <source>Together</source>
        <translation>共现</translation>
    </message>
    <message>
        <source>Tokens of the chosen expert</source>
        <translation>选中专家的词元</translation>
    </message>
    <message>
        <source>Expert</source>
        <translation>专家</translation>
    </message>
    <message>
        <source>Edits</source>
        <translation>修改</translation>
    </message>
    <message>
        <source>Compare</source>
        <translation>比较</translation>
    </message>
    <message>
        <source>This model has no routed experts.</source>
        <translation>此模型没有路由专家。</translation>
    </message>
    <message>
        <source> · edited: %1</source>
        <translation> · 已修改：%1</translation>
    </message>
    <message>
        <source>Token %1: “%2”</source>
        <translation>词元 %1：“%2”</translation>
    </message>
    <message>
        <source>Tokens %1 to %2: mean weights</source>
        <translation>词元 %1 至 %2：平均权重</translation>
    </message>
    <message>
        <source>Layer %1: how often the column&apos;s expert is chosen when the row&apos;s is</source>
        <translation>第 %1 层：行专家入选时，列专家同时入选的频率</translation>
    </message>
    <message>
        <source>Layer %1, expert %2: the tokens that gave it most weight</source>
        <translation>第 %1 层专家 %2：赋予其权重最大的词元</translation>
    </message>
    <message>
        <source>Choose a cell of the heatmap to see the tokens of its expert.</source>
        <translation>选择热力图的一个单元格，查看该专家的词元。</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>已保存：%1</translation>
    </message>
    <message>
        <source>Tokens of the prompt and the answer</source>
        <translation>提示和回答的词元</translation>
    </message>
    <message>
        <source>The tokens of the answer appear here: choose one, or several, to see their experts.</source>
        <translation>回答的词元将显示在这里：选择一个或多个以查看其专家。</translation>
    </message>
    <message>
        <source>Experts of the chosen layer</source>
        <translation>所选层的专家</translation>
    </message>
    <message>
        <source>Choose a token, here or in the answer, to see its experts in every layer.</source>
        <translation>在这里或在回答中选择一个词元，以查看它在各层的专家。</translation>
    </message>
    <message>
        <source>%1 as PNG…</source>
        <translation>%1存为 PNG…</translation>
    </message>
    <message>
        <source>%1 as SVG…</source>
        <translation>%1存为 SVG…</translation>
    </message>
    <message>
        <source>%1 as CSV…</source>
        <translation>%1存为 CSV…</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>热图</translation>
    </message>
    <message>
        <source>Tokens of the expert</source>
        <translation>专家的词元</translation>
    </message>
    <message>
        <source>Difference</source>
        <translation>差异</translation>
    </message>
    <message>
        <source>“%1” · Tokens: %2</source>
        <translation>“%1” · 词元：%2</translation>
    </message>
    <message>
        <source>Tokens of this expert</source>
        <translation>该专家的词元</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy text</source>
        <translation>复制文本</translation>
    </message>
    <message>
        <source>The answer failed before its first token was routed.</source>
        <translation>回答在第一个词元路由之前就失败了。</translation>
    </message>
    <message>
        <source>Decisions</source>
        <translation>决策</translation>
    </message>
    <message>
        <source>Experts of the layer</source>
        <translation>该层的专家</translation>
    </message>
    <message>
        <source>Divergence</source>
        <translation>散度</translation>
    </message>
    <message>
        <source>Fine-tune…</source>
        <translation>微调…</translation>
    </message>
    <message>
        <source>Fine-tune the chosen experts</source>
        <translation>微调所选专家</translation>
    </message>
    <message>
        <source>Begins a job that trains the experts chosen in the heatmap, and no others.</source>
        <translation>新建一个任务，只训练热图中所选的专家。</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>路由</translation>
    </message>
    <message>
        <source>Fine-tune these experts…</source>
        <translation>微调这些专家…</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::RunView</name>
    <message>
        <source>Details of the run</source>
        <translation>运行详情</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Finishes the step, writes a checkpoint and ends; it can go on later.</source>
        <translation>完成本步，写入检查点后结束；之后可以继续。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Goes on from the last checkpoint.</source>
        <translation>从最近的检查点继续。</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Ends the run for good; what it has written stays.</source>
        <translation>彻底结束运行；已写入的内容会保留。</translation>
    </message>
    <message>
        <source>More</source>
        <translation>更多</translation>
    </message>
    <message>
        <source>More about this run</source>
        <translation>该运行的更多操作</translation>
    </message>
    <message>
        <source>New job like this</source>
        <translation>以此新建任务</translation>
    </message>
    <message>
        <source>Copy the equivalent command</source>
        <translation>复制等效命令</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Export</source>
        <translation>导出</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Progress of the run</source>
        <translation>运行进度</translation>
    </message>
    <message>
        <source>No step yet</source>
        <translation>尚未开始训练</translation>
    </message>
    <message>
        <source>With the first step the curves begin: loss, gradient norm, learning rate, speed and memory.</source>
        <translation>从第一步开始显示曲线：损失、梯度范数、学习率、速度和内存。</translation>
    </message>
    <message>
        <source>Step</source>
        <translation>步</translation>
    </message>
    <message>
        <source>Loss</source>
        <translation>损失</translation>
    </message>
    <message>
        <source>nats</source>
        <translation>nat</translation>
    </message>
    <message>
        <source>Gradient norm</source>
        <translation>梯度范数</translation>
    </message>
    <message>
        <source>Learning rate</source>
        <translation>学习率</translation>
    </message>
    <message>
        <source>Speed</source>
        <translation>速度</translation>
    </message>
    <message>
        <source>tokens/s</source>
        <translation>词元/秒</translation>
    </message>
    <message>
        <source>Memory</source>
        <translation>内存</translation>
    </message>
    <message>
        <source>GB</source>
        <translation>GB</translation>
    </message>
    <message>
        <source>Curves</source>
        <translation>曲线图</translation>
    </message>
    <message>
        <source>What the colours measure</source>
        <translation>颜色表示的指标</translation>
    </message>
    <message>
        <source>Load in the newest step</source>
        <translation>最新一步的负载</translation>
    </message>
    <message>
        <source>Load over all steps</source>
        <translation>所有步的负载</translation>
    </message>
    <message>
        <source>Change of load since the start</source>
        <translation>自开始以来的负载变化</translation>
    </message>
    <message>
        <source>Drift from the base model</source>
        <translation>相对基础模型的漂移</translation>
    </message>
    <message>
        <source>Expert load of the training data</source>
        <translation>训练数据的专家负载</translation>
    </message>
    <message>
        <source>Balance per layer</source>
        <translation>各层负载均衡</translation>
    </message>
    <message>
        <source>Routing</source>
        <translation>路由</translation>
    </message>
    <message>
        <source>Evaluation</source>
        <translation>评估</translation>
    </message>
    <message>
        <source>Result</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>事件</translation>
    </message>
    <message>
        <source>Details</source>
        <translation>详情</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Ending after this step</source>
        <translation>本步完成后结束</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>Step %1 of %2</source>
        <translation>第 %1 / %2 步</translation>
    </message>
    <message>
        <source>Loss %1</source>
        <translation>损失 %1</translation>
    </message>
    <message>
        <source>Evaluation %1</source>
        <translation>评估 %1</translation>
    </message>
    <message>
        <source>Checkpoint at step %1</source>
        <translation>检查点在第 %1 步</translation>
    </message>
    <message>
        <source>It starts when the jobs before it have ended.</source>
        <translation>前面的任务结束后开始。</translation>
    </message>
    <message>
        <source>It can go on from step %1.</source>
        <translation>可以从第 %1 步继续。</translation>
    </message>
    <message>
        <source>It had no checkpoint yet and begins anew.</source>
        <translation>尚无检查点，将重新开始。</translation>
    </message>
    <message>
        <source>The run failed: %1</source>
        <translation>运行失败：%1</translation>
    </message>
    <message>
        <source>the reason is not known.</source>
        <translation>原因不明。</translation>
    </message>
    <message>
        <source>The worker was ended from outside. %1</source>
        <translation>工作进程被外部终止。%1</translation>
    </message>
    <message>
        <source>At each evaluation it is counted how many of the experts&apos; choices differ from the base model&apos;s. None has counted yet.</source>
        <translation>每次评估时都会统计与基础模型不同的专家选择。目前尚无统计。</translation>
    </message>
    <message>
        <source>Once there are some steps, what they changed appears here.</source>
        <translation>进行若干步之后，这里会显示它们带来的变化。</translation>
    </message>
    <message>
        <source>Which experts the training data takes, layer by layer, appears here with the first step.</source>
        <translation>从第一步开始，这里会逐层显示训练数据选中了哪些专家。</translation>
    </message>
    <message>
        <source>%1 experts without a token · greatest MaxVio %2</source>
        <translation>%1 个专家未分到词元 · 最大 MaxVio %2</translation>
    </message>
    <message>
        <source>Resumed</source>
        <translation>已继续</translation>
    </message>
    <message>
        <source>Started</source>
        <translation>已开始</translation>
    </message>
    <message>
        <source>%1, process %2</source>
        <translation>%1，进程 %2</translation>
    </message>
    <message>
        <source>The worker was ended from outside</source>
        <translation>工作进程被外部终止</translation>
    </message>
    <message>
        <source>Paused</source>
        <translation>已暂停</translation>
    </message>
    <message>
        <source>Finished</source>
        <translation>已完成</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>loss %1, perplexity %2</source>
        <translation>损失 %1，困惑度 %2</translation>
    </message>
    <message>
        <source>Newest checkpoint</source>
        <translation>最新检查点</translation>
    </message>
    <message>
        <source>Exported: %1</source>
        <translation>已导出：%1</translation>
    </message>
    <message>
        <source>Parity passed: %1</source>
        <translation>一致性通过：%1</translation>
    </message>
    <message>
        <source>Parity failed: %1</source>
        <translation>一致性未通过：%1</translation>
    </message>
    <message>
        <source>KL %1 on average, %2 at most; %3 the same tokens</source>
        <translation>KL 平均 %1，最大 %2；词元相同 %3</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Curves as PNG…</source>
        <translation>曲线存为 PNG…</translation>
    </message>
    <message>
        <source>Curves as SVG…</source>
        <translation>曲线存为 SVG…</translation>
    </message>
    <message>
        <source>Curves as CSV…</source>
        <translation>曲线存为 CSV…</translation>
    </message>
    <message>
        <source>Heatmap as PNG…</source>
        <translation>热图存为 PNG…</translation>
    </message>
    <message>
        <source>Heatmap as SVG…</source>
        <translation>热图存为 SVG…</translation>
    </message>
    <message>
        <source>Heatmap as CSV…</source>
        <translation>热图存为 CSV…</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::SettingsWidget</name>
    <message>
        <source>Sections</source>
        <translation>分类</translation>
    </message>
    <message>
        <source>List of shortcuts</source>
        <translation>快捷键列表</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Switch between light and dark</source>
        <translation>切换浅色与深色</translation>
    </message>
    <message>
        <source>Switch offline on or off</source>
        <translation>切换离线模式</translation>
    </message>
    <message>
        <source>Appearance</source>
        <translation>外观</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Theme</source>
        <translation>主题</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Text size</source>
        <translation>文字大小</translation>
    </message>
    <message>
        <source>Nothing moves: panels and sections change at once</source>
        <translation>不使用动画：面板和折叠区立即切换</translation>
    </message>
    <message>
        <source>Reduced motion</source>
        <translation>减少动画</translation>
    </message>
    <message>
        <source>Model folders</source>
        <translation>模型文件夹</translation>
    </message>
    <message>
        <source>Searched with all their subfolders for GGUF files and safetensors. Nothing is ever copied.</source>
        <translation>在这些文件夹及其所有子文件夹中搜索 GGUF 和 safetensors 文件。从不复制任何文件。</translation>
    </message>
    <message>
        <source>Add a folder</source>
        <translation>添加文件夹</translation>
    </message>
    <message>
        <source>Remove</source>
        <translation>移除</translation>
    </message>
    <message>
        <source>Also search the Hugging Face cache</source>
        <translation>同时搜索 Hugging Face 缓存</translation>
    </message>
    <message>
        <source>Engine</source>
        <translation>引擎</translation>
    </message>
    <message>
        <source>one per processor (%1)</source>
        <translation>每处理器一个 (%1)</translation>
    </message>
    <message>
        <source>Compute threads</source>
        <translation>计算线程</translation>
    </message>
    <message>
        <source>the fastest that this processor has</source>
        <translation>此处理器支持的最快方式</translation>
    </message>
    <message>
        <source>reference: exact, slow</source>
        <translation>reference：精确但慢</translation>
    </message>
    <message>
        <source>Arithmetic</source>
        <translation>指令集</translation>
    </message>
    <message>
        <source>The change counts from the next start of Roundhouse on.</source>
        <translation>更改在下次启动 Roundhouse 后生效。</translation>
    </message>
    <message>
        <source>The engine is not running.</source>
        <translation>引擎未运行。</translation>
    </message>
    <message>
        <source>Audit and data</source>
        <translation>审计与数据</translation>
    </message>
    <message>
        <source>Every answer is an entry of the audit log: model, settings, edits, counts and, as you choose here, the texts themselves or only what proves them later.</source>
        <translation>每个回答都是审计日志中的一条记录：模型、设置、修改、计数，以及（由此处选择）完整文本或仅供日后证明的哈希。</translation>
    </message>
    <message>
        <source>Log prompts and answers in full</source>
        <translation>完整记录提示词和回答</translation>
    </message>
    <message>
        <source>Log only their salted hashes</source>
        <translation>仅记录加盐哈希</translation>
    </message>
    <message>
        <source>The choice counts from the next answer on and is itself an entry.</source>
        <translation>此选择自下一个回答起生效，且本身也会记为一条记录。</translation>
    </message>
    <message>
        <source>Nothing is kept in this run.</source>
        <translation>本次运行不保留任何数据。</translation>
    </message>
    <message>
        <source>Conversations, audit log and settings lie in %1</source>
        <translation>对话、审计日志和设置保存在 %1</translation>
    </message>
    <message>
        <source>Open the folder</source>
        <translation>打开文件夹</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Offline: forbid every connection</source>
        <translation>离线：禁止一切连接</translation>
    </message>
    <message>
        <source>Roundhouse opens no connection by itself. Following a link or a plugin&apos;s request does, and is noted below, forbidden or not.</source>
        <translation>Roundhouse 不会自行联网。打开链接或插件请求会联网，无论是否被禁止，都记录在下方。</translation>
    </message>
    <message>
        <source>Connection log</source>
        <translation>连接日志</translation>
    </message>
    <message>
        <source>Clear the log</source>
        <translation>清空日志</translation>
    </message>
    <message numerus="yes">
        <source>%n attempt(s)</source>
        <translation>
            <numerusform>%n 次尝试</numerusform>
        </translation>
    </message>
    <message>
        <source>No connection was ever attempted.</source>
        <translation>从未尝试过连接。</translation>
    </message>
    <message>
        <source>Shortcuts</source>
        <translation>快捷键</translation>
    </message>
    <message>
        <source>Search commands</source>
        <translation>搜索命令</translation>
    </message>
    <message>
        <source>New keys</source>
        <translation>新快捷键</translation>
    </message>
    <message>
        <source>Click here and press the keys</source>
        <translation>点击此处并按下按键</translation>
    </message>
    <message>
        <source>Use these keys</source>
        <translation>使用此快捷键</translation>
    </message>
    <message>
        <source>No keys</source>
        <translation>清除快捷键</translation>
    </message>
    <message>
        <source>Default</source>
        <translation>恢复默认</translation>
    </message>
    <message>
        <source>Choose a command to change its keys.</source>
        <translation>选择命令以更改快捷键。</translation>
    </message>
    <message>
        <source>%1 belongs to “%2”.</source>
        <translation>%1 已用于“%2”。</translation>
    </message>
    <message>
        <source>About</source>
        <translation>关于</translation>
    </message>
    <message>
        <source>Roundhouse %1</source>
        <translation>Roundhouse %1</translation>
    </message>
    <message>
        <source>A workbench for mixture-of-experts models: ask, see which experts answer and why, change the routing, and prove afterwards what was done. Everything happens on this machine.</source>
        <translation>混合专家模型工作台：提问，查看由哪些专家作答及原因，修改路由，并可事后证明所做的一切。所有操作都在本机完成。</translation>
    </message>
    <message>
        <source>The engine is licensed under the Apache License 2.0, the window under the GNU General Public License 3 or later. The embedded model was made from SmolLM2-135M-Instruct (Apache License 2.0); NOTICE names all sources.</source>
        <translation>引擎采用 Apache License 2.0 许可，窗口采用 GNU 通用公共许可证第 3 版或更高版本。内置模型基于 SmolLM2-135M-Instruct（Apache License 2.0）；全部来源见 NOTICE。</translation>
    </message>
    <message>
        <source>Built with Qt %1.</source>
        <translation>基于 Qt %1 构建。</translation>
    </message>
    <message numerus="yes">
        <source>Running now: %n thread(s), %1.</source>
        <translation>
            <numerusform>当前：%n 个线程，%1。</numerusform>
        </translation>
    </message>
    <message>
        <source>A change of threads or arithmetic counts from the next start of Roundhouse on.</source>
        <translation>线程数或指令集的更改在下次启动 Roundhouse 后生效。</translation>
    </message>
    <message>
        <source>No folder is named yet. Roundhouse Mini, which comes with the program, needs none.</source>
        <translation>尚未指定文件夹。随程序附带的 Roundhouse Mini 不需要文件夹。</translation>
    </message>
    <message>
        <source>The folder was not opened</source>
        <translation>未能打开文件夹</translation>
    </message>
    <message>
        <source>Keep tokens and routing of answers</source>
        <translation>保留回答的词元和路由</translation>
    </message>
    <message>
        <source>So that the words of older answers can be clicked and compared in later runs. Beyond 1 GiB the oldest are given up. Without this, later answers are looked into in the same run only; conversations are kept all the same.</source>
        <translation>以便在之后的运行中点击和比较旧回答中的词。超过 1 GiB 时舍弃最旧的。不保留时，之后的回答只能在当次运行中查看；对话仍会保留。</translation>
    </message>
    <message>
        <source>Delete all kept…</source>
        <translation>删除全部保留内容…</translation>
    </message>
    <message numerus="yes">
        <source>%n answers take %1 on the disk.</source>
        <translation>
            <numerusform>%n 个回答占用磁盘 %1。</numerusform>
        </translation>
    </message>
    <message>
        <source>Nothing is kept.</source>
        <translation>没有保留任何内容。</translation>
    </message>
    <message>
        <source>Delete all kept</source>
        <translation>删除全部保留内容</translation>
    </message>
    <message>
        <source>Tokens and routing of all older answers are deleted for good. Conversations and the audit log stay.</source>
        <translation>所有旧回答的词元和路由将被永久删除。对话和审计日志不受影响。</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Not all was deleted</source>
        <translation>未能全部删除</translation>
    </message>
    <message>
        <source>No command matches</source>
        <translation>没有符合的命令</translation>
    </message>
    <message>
        <source>Search for another word of its name, its room or its keys.</source>
        <translation>请换用其名称、页面或按键中的其他词搜索。</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>全部显示</translation>
    </message>
    <message>
        <source>%1 alone is needed for writing: press it with Ctrl, Alt or Meta, or take a function key.</source>
        <translation>单独的 %1 要用于书写：请与 Ctrl、Alt 或 Meta 同按，或使用功能键。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::SetupPage</name>
    <message>
        <source>New fine-tune</source>
        <translation>新建微调</translation>
    </message>
    <message>
        <source>Open job…</source>
        <translation>打开任务…</translation>
    </message>
    <message>
        <source>Reads a job file (YAML) into the form.</source>
        <translation>将任务文件（YAML）读入表单。</translation>
    </message>
    <message>
        <source>Save job…</source>
        <translation>保存任务…</translation>
    </message>
    <message>
        <source>Writes the form as a job file, for the command line or a cluster.</source>
        <translation>将表单写成任务文件，供命令行或集群使用。</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Back to the runs; the form keeps what is in it.</source>
        <translation>返回运行列表；表单内容会保留。</translation>
    </message>
    <message>
        <source>What was found out, and the job as a file</source>
        <translation>检查结果以及任务文件</translation>
    </message>
    <message>
        <source>Not checked yet</source>
        <translation>尚未检查</translation>
    </message>
    <message>
        <source>A check reads model and data and says what will train, what it will need, which rows cannot be used, and shows the first batch. Nothing is trained or written.</source>
        <translation>检查会读取模型和数据，说明将训练什么、需要多少资源、哪些行不可用，并显示第一个批次。不会训练，也不会写入任何内容。</translation>
    </message>
    <message>
        <source>Check</source>
        <translation>检查</translation>
    </message>
    <message>
        <source>The job as a file</source>
        <translation>任务文件内容</translation>
    </message>
    <message>
        <source>Copy command</source>
        <translation>复制命令</translation>
    </message>
    <message>
        <source>The command that does the same in a terminal, once the job is saved.</source>
        <translation>保存任务后，在终端中执行同样操作的命令。</translation>
    </message>
    <message>
        <source>Job file</source>
        <translation>任务文件</translation>
    </message>
    <message>
        <source>Says what will train before anything does.</source>
        <translation>在开始之前说明将训练什么。</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>开始</translation>
    </message>
    <message>
        <source>Trains what was checked, in a process of its own.</source>
        <translation>在独立进程中训练已检查的内容。</translation>
    </message>
    <message>
        <source>Open a job</source>
        <translation>打开任务</translation>
    </message>
    <message>
        <source>Jobs (*.yaml *.yml);;All files (*)</source>
        <translation>任务 (*.yaml *.yml);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Save the job</source>
        <translation>保存任务</translation>
    </message>
    <message>
        <source>Jobs (*.yaml)</source>
        <translation>任务 (*.yaml)</translation>
    </message>
    <message>
        <source>Checking</source>
        <translation>正在检查</translation>
    </message>
    <message>
        <source>Checked</source>
        <translation>已检查</translation>
    </message>
    <message>
        <source>The check was cancelled.</source>
        <translation>检查已取消。</translation>
    </message>
    <message>
        <source>The check found something wrong.</source>
        <translation>检查发现了问题。</translation>
    </message>
    <message>
        <source>The job cannot be trained as it is.</source>
        <translation>该任务目前无法训练。</translation>
    </message>
    <message>
        <source>The job did not start.</source>
        <translation>任务未能开始。</translation>
    </message>
    <message>
        <source>The check is under way.</source>
        <translation>正在检查。</translation>
    </message>
    <message>
        <source>Check first: it shows what will train.</source>
        <translation>请先检查：它会显示将训练什么。</translation>
    </message>
    <message>
        <source>The form has changed since the check. Check again to start.</source>
        <translation>检查之后表单已更改。请重新检查后再开始。</translation>
    </message>
    <message>
        <source>No sample is left to learn from.</source>
        <translation>没有剩余的样本可供学习。</translation>
    </message>
    <message>
        <source>Checked as it stands. Training runs in a process of its own: the window may close meanwhile.</source>
        <translation>已按当前内容检查。训练在独立进程中进行：期间可以关闭窗口。</translation>
    </message>
    <message>
        <source>The job was not opened.</source>
        <translation>任务未能打开。</translation>
    </message>
    <message>
        <source>The job was not saved.</source>
        <translation>任务未能保存。</translation>
    </message>
    <message>
        <source>Saved: %1</source>
        <translation>已保存：%1</translation>
    </message>
    <message>
        <source>Leave out these %1 rows</source>
        <translation>排除这 %1 行</translation>
    </message>
    <message>
        <source>Some rows cannot be used or are too long. Say that they may be left out, or mend the file and check again.</source>
        <translation>有些行不可用或过长。请确认可以排除它们，或修正文件后重新检查。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ShortcutsModel</name>
    <message>
        <source>Default: %1</source>
        <translation>默认：%1</translation>
    </message>
    <message>
        <source>Command</source>
        <translation>命令</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>页面</translation>
    </message>
    <message>
        <source>Keys</source>
        <translation>快捷键</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::StatusStrip</name>
    <message>
        <source>The model that answers. Opens Models.</source>
        <translation>当前作答的模型。点击打开“模型”。</translation>
    </message>
    <message>
        <source>Progress of loading the model</source>
        <translation>模型加载进度</translation>
    </message>
    <message>
        <source>Cancel loading</source>
        <translation>取消加载</translation>
    </message>
    <message>
        <source>No model</source>
        <translation>无模型</translation>
    </message>
    <message>
        <source>The engine did not start</source>
        <translation>引擎未能启动</translation>
    </message>
    <message>
        <source>Model: %1</source>
        <translation>模型：%1</translation>
    </message>
    <message>
        <source>Loading %1</source>
        <translation>正在加载 %1</translation>
    </message>
    <message>
        <source>Loading %1, %2 left</source>
        <translation>正在加载 %1，剩余 %2</translation>
    </message>
    <message>
        <source>Offline</source>
        <translation>离线</translation>
    </message>
    <message>
        <source>Network allowed</source>
        <translation>允许联网</translation>
    </message>
    <message>
        <source>Offline switch</source>
        <translation>离线开关</translation>
    </message>
    <message>
        <source>Every connection is forbidden. Click to allow those that you start.</source>
        <translation>已禁止一切连接。点击以允许由你发起的连接。</translation>
    </message>
    <message>
        <source>Nothing connects unless you start it. Click to forbid every connection.</source>
        <translation>仅在你发起时联网。点击以禁止一切连接。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::TokenBar</name>
    <message>
        <source>Token before</source>
        <translation>上一个词元</translation>
    </message>
    <message>
        <source>Next token</source>
        <translation>下一个词元</translation>
    </message>
    <message>
        <source>Choose no token</source>
        <translation>取消选择词元</translation>
    </message>
    <message>
        <source>tokens %1 to %2</source>
        <translation>词元 %1 至 %2</translation>
    </message>
    <message>
        <source>token %1, part of the prompt</source>
        <translation>词元 %1，属于提示词</translation>
    </message>
    <message>
        <source>token %1</source>
        <translation>词元 %1</translation>
    </message>
    <message>
        <source>probability %1</source>
        <translation>概率 %1</translation>
    </message>
    <message>
        <source>others: %1</source>
        <translation>其他：%1</translation>
    </message>
    <message>
        <source>The tokens and experts of this answer are not kept. Answer again to see them.</source>
        <translation>此回答的词元和专家未保留。重新回答即可查看。</translation>
    </message>
</context>
<context>
    <name>roundhouse::app::Welcome</name>
    <message>
        <source>Begin with one of these, or write your own below:</source>
        <translation>从下列问题开始，或在下方输入自己的问题：</translation>
    </message>
    <message>
        <source>Why does ice float on water?</source>
        <translation>冰为什么会浮在水面上？</translation>
    </message>
    <message>
        <source>Write three short tips for learning to cook.</source>
        <translation>写三条学做饭的简短建议。</translation>
    </message>
    <message>
        <source>What is a roundhouse on a railway?</source>
        <translation>铁路上的扇形机车库是什么？</translation>
    </message>
    <message>
        <source>Load the embedded model</source>
        <translation>加载内置模型</translation>
    </message>
    <message>
        <source>Add a larger model</source>
        <translation>添加更大的模型</translation>
    </message>
    <message>
        <source>The engine did not start</source>
        <translation>引擎未能启动</translation>
    </message>
    <message>
        <source>Nothing can answer until it does.</source>
        <translation>引擎启动后才能回答。</translation>
    </message>
    <message>
        <source>Welcome to Roundhouse</source>
        <translation>欢迎使用 Roundhouse</translation>
    </message>
    <message>
        <source>Ask %1</source>
        <translation>向 %1 提问</translation>
    </message>
    <message>
        <source>Ask a model, and see which of its experts answer each word: click a word of the answer.</source>
        <translation>向模型提问，点击回答中的词，即可查看由哪些专家作答。</translation>
    </message>
    <message>
        <source>A dense model: it has no experts to choose from.</source>
        <translation>稠密模型：没有可选的专家。</translation>
    </message>
    <message>
        <source>Loading a model</source>
        <translation>正在加载模型</translation>
    </message>
    <message>
        <source>Loading %1. You can write your question already; it waits.</source>
        <translation>正在加载 %1。可以先输入问题，加载后即回答。</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>The engine is starting.</source>
        <translation>引擎正在启动。</translation>
    </message>
    <message>
        <source>No model is loaded</source>
        <translation>未加载模型</translation>
    </message>
    <message>
        <source>Load the embedded model, or choose one of your own.</source>
        <translation>加载内置模型，或选择自己的模型。</translation>
    </message>
    <message>
        <source>The model was not loaded</source>
        <translation>模型未加载</translation>
    </message>
    <message>
        <source>&lt;b&gt;Roundhouse Mini&lt;/b&gt; comes with the program: a small mixture of experts of 125 million parameters that works without network and without GPU. It writes fluent English, answers simple questions and is often wrong. It is &lt;b&gt;not a source of facts&lt;/b&gt;, it hardly knows who it is, and it knows only a few Chinese greetings. It is here so that you can see routing at work at once. For real work, add a larger model (GGUF) under Models: name its folder, nothing is copied.</source>
        <translation>&lt;b&gt;Roundhouse Mini&lt;/b&gt; 随程序附带：1.25 亿参数的小型混合专家模型，无需网络和 GPU 即可运行。它能写流畅的英文、回答简单问题，但经常出错，&lt;b&gt;不可作为事实来源&lt;/b&gt;；它不太清楚自己是谁，中文只会几句问候语，请用英文提问。附带它是为了让你立即看到路由如何工作。实际工作请在“模型”中添加更大的模型（GGUF）：指定其文件夹即可，不会复制任何文件。</translation>
    </message>
    <message numerus="yes">
        <source>%n routed layers of %1 experts each; %2 of them work on each token. Click a word of the answer to see which.</source>
        <translation>
            <numerusform>%n 个路由层，每层 %1 个专家，每个词元激活其中 %2 个。点击回答中的词查看是哪些。</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::Workbench</name>
    <message>
        <source>An entry could not be written to the audit log</source>
        <translation>无法写入审计日志记录</translation>
    </message>
    <message>
        <source>The audit log warns</source>
        <translation>审计日志发出警告</translation>
    </message>
    <message>
        <source>The audit log could not be opened: nothing is answered</source>
        <translation>无法打开审计日志：不作任何回答</translation>
    </message>
    <message>
        <source>The audit log does not end where its head says</source>
        <translation>审计日志的结尾与其链头记录不符</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::BarsModel</name>
    <message>
        <source>not chosen</source>
        <translation>未选中</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>已禁用</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::BarsView</name>
    <message>
        <source>Bars</source>
        <translation>条形图</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::CodeBar</name>
    <message>
        <source>Copy code</source>
        <translation>复制代码</translation>
    </message>
    <message>
        <source>code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::CommandPalette</name>
    <message>
        <source>Command palette</source>
        <translation>命令面板</translation>
    </message>
    <message>
        <source>Find a command, conversation or model</source>
        <translation>查找命令、对话或模型</translation>
    </message>
    <message>
        <source>Results</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>Nothing fits.</source>
        <translation>没有匹配项。</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::CurveStack</name>
    <message>
        <source>The picture could not be made into a PNG.</source>
        <translation>无法将图片保存为 PNG。</translation>
    </message>
    <message>
        <source>The picture could not be made into an SVG.</source>
        <translation>无法将图片保存为 SVG。</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::ErrorBar</name>
    <message>
        <source>Copy message</source>
        <translation>复制消息</translation>
    </message>
    <message>
        <source>Dismiss</source>
        <translation>关闭</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::FoldSection</name>
    <message>
        <source>expanded</source>
        <translation>已展开</translation>
    </message>
    <message>
        <source>collapsed</source>
        <translation>已折叠</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::HeatmapModel</name>
    <message>
        <source>%1 %2, %3 %4: %5</source>
        <translation>%1 %2，%3 %4：%5</translation>
    </message>
    <message>
        <source>; %1: %2</source>
        <translation>；%1：%2</translation>
    </message>
    <message>
        <source>; disabled by an edit</source>
        <translation>；已被修改禁用</translation>
    </message>
    <message>
        <source>; boosted by an edit</source>
        <translation>；已被修改增强</translation>
    </message>
    <message>
        <source>; forced by an edit</source>
        <translation>；已被修改强制</translation>
    </message>
    <message>
        <source>; damped by an edit</source>
        <translation>；被编辑抑制</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::HeatmapView</name>
    <message>
        <source>%1: %2 × %3, %4 × %5</source>
        <translation>%1：%2 × %3，%4 × %5</translation>
    </message>
    <message>
        <source>Heatmap</source>
        <translation>热力图</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::LinePlot</name>
    <message>
        <source>Curves</source>
        <translation>曲线图</translation>
    </message>
    <message>
        <source>%1 over %2: %3</source>
        <translation>%1 随 %2 变化：%3</translation>
    </message>
    <message>
        <source>The picture could not be made into a PNG.</source>
        <translation>无法将图片保存为 PNG。</translation>
    </message>
    <message>
        <source>The picture could not be made into an SVG.</source>
        <translation>无法将图片保存为 SVG。</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::MarkdownView</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy all as Markdown</source>
        <translation>全部复制为 Markdown</translation>
    </message>
    <message>
        <source>Copy link address</source>
        <translation>复制链接地址</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::MetricView</name>
    <message>
        <source>Metrics</source>
        <translation>指标</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::NavigationRail</name>
    <message>
        <source>Places</source>
        <translation>导航</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::ProgressLine</name>
    <message>
        <source>%1 s</source>
        <translation>%1 秒</translation>
    </message>
    <message>
        <source>%1 min</source>
        <translation>%1 分钟</translation>
    </message>
    <message>
        <source>%1 d %2 h</source>
        <translation>%1 天 %2 小时</translation>
    </message>
    <message>
        <source>%1 h %2 min</source>
        <translation>%1 小时 %2 分钟</translation>
    </message>
    <message>
        <source>cancelling…</source>
        <translation>正在取消…</translation>
    </message>
    <message>
        <source>%1 left</source>
        <translation>剩余 %1</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::SearchField</name>
    <message>
        <source>Search</source>
        <translation>搜索</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::Sparkline</name>
    <message>
        <source>now %1, from %2 to %3</source>
        <translation>当前 %1，范围 %2 至 %3</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::SplitCompare</name>
    <message>
        <source>Both answers are the same.</source>
        <translation>两个回答相同。</translation>
    </message>
    <message>
        <source>%1; then the left answer ends and the right goes on with “%2”.</source>
        <translation>%1；之后左侧回答结束，右侧接着是“%2”。</translation>
    </message>
    <message>
        <source>%1; then the right answer ends and the left goes on with “%2”.</source>
        <translation>%1；之后右侧回答结束，左侧接着是“%2”。</translation>
    </message>
    <message>
        <source>%1; then “%2” at the left stands against “%3” at the right.</source>
        <translation>%1；之后左侧为“%2”，右侧为“%3”。</translation>
    </message>
    <message numerus="yes">
        <source>The first %Ln token(s) are the same</source>
        <translation>
            <numerusform>前 %Ln 个词元相同</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The first %Ln word(s) are the same</source>
        <translation>
            <numerusform>前 %Ln 个词相同</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::TokenStrip</name>
    <message>
        <source>Tokens</source>
        <translation>词元</translation>
    </message>
    <message>
        <source>Token %1: “%2”</source>
        <translation>词元 %1：“%2”</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::ValueSlider</name>
    <message>
        <source>Reset to %1</source>
        <translation>重置为 %1</translation>
    </message>
    <message>
        <source>Reset %1</source>
        <translation>重置 %1</translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::WrappedLabel</name>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Select all</source>
        <translation>全选</translation>
    </message>
</context>
</TS>
