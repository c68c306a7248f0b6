<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en_US">
<context>
    <name>MarkdownView</name>
    <message numerus="yes">
        <source>The rest (%n bytes) is not shown here.</source>
        <translation>
            <numerusform>The rest (%n byte) is not shown here.</numerusform>
            <numerusform>The rest (%n bytes) is not shown here.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>RoutingPictures</name>
    <message numerus="yes">
        <source>%Ln time(s)</source>
        <translation>
            <numerusform>%Ln time</numerusform>
            <numerusform>%Ln times</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::AuditWidget</name>
    <message numerus="yes">
        <source>%Ln entries</source>
        <translation>
            <numerusform>%Ln entry</numerusform>
            <numerusform>%Ln entries</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n answers were begun and never ended (the program was killed, or they are running).</source>
        <translation>
            <numerusform>%n answer was begun and never ended (the program was killed, or it is running).</numerusform>
            <numerusform>%n answers were begun and never ended (the program was killed, or they are running).</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>✗ The log was tampered with: %n findings</source>
        <translation>
            <numerusform>✗ The log was tampered with: %n finding</numerusform>
            <numerusform>✗ The log was tampered with: %n findings</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>✓ The log is whole: %Ln entries checked, head %1.</source>
        <translation>
            <numerusform>✓ The log is whole: %Ln entry checked, head %1.</numerusform>
            <numerusform>✓ The log is whole: %Ln entries checked, head %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Exported %Ln entries: %1</source>
        <translation>
            <numerusform>Exported %Ln entry: %1</numerusform>
            <numerusform>Exported %Ln entries: %1</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n other entries of the same conversation still hold texts, and each question repeats what was said before it.</source>
        <translation>
            <numerusform>%n other entry of the same conversation still holds texts, and each question repeats what was said before it.</numerusform>
            <numerusform>%n other entries of the same conversation still hold texts, and each question repeats what was said before it.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ChatWidget</name>
    <message numerus="yes">
        <source>%n text(s) redacted in the audit log</source>
        <translation>
            <numerusform>%n text redacted in the audit log</numerusform>
            <numerusform>%n texts redacted in the audit log</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n message(s) of an earlier run that could not be saved then are saved now</source>
        <translation>
            <numerusform>%n message of an earlier run that could not be saved then is saved now</numerusform>
            <numerusform>%n messages of an earlier run that could not be saved then are saved now</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 (%n more message(s) after this)</source>
        <translation>
            <numerusform>%1 (%n more message after this)</numerusform>
            <numerusform>%1 (%n more messages after this)</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::EditsEditor</name>
    <message numerus="yes">
        <source>and %n more</source>
        <translation>
            <numerusform>and %n more</numerusform>
            <numerusform>and %n more</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ExpertChooser</name>
    <message numerus="yes">
        <source>%n layer(s)</source>
        <translation>
            <numerusform>%n layer</numerusform>
            <numerusform>%n layers</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::MessageCard</name>
    <message numerus="yes">
        <source>The context is full: the %n oldest message(s) were left out.</source>
        <translation>
            <numerusform>The context is full: the oldest message (%n) was left out.</numerusform>
            <numerusform>The context is full: the %n oldest messages were left out.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%Ln token(s)</source>
        <translation>
            <numerusform>%Ln token</numerusform>
            <numerusform>%Ln tokens</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ModelDetails</name>
    <message numerus="yes">
        <source>Experts: %n routed layers of %1, %2 per token, scored by %3</source>
        <translation>
            <numerusform>Experts: %n routed layer of %1, %2 per token, scored by %3</numerusform>
            <numerusform>Experts: %n routed layers of %1, %2 per token, scored by %3</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::ModelsWidget</name>
    <message numerus="yes">
        <source>Searching… %n model(s)</source>
        <translation>
            <numerusform>Searching… %n model</numerusform>
            <numerusform>Searching… %n models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n model(s)</source>
        <translation>
            <numerusform>%n model</numerusform>
            <numerusform>%n models</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Stopped at %n model(s)</source>
        <translation>
            <numerusform>Stopped at %n model</numerusform>
            <numerusform>Stopped at %n models</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::SettingsWidget</name>
    <message numerus="yes">
        <source>%n attempt(s)</source>
        <translation>
            <numerusform>%n attempt</numerusform>
            <numerusform>%n attempts</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Running now: %n thread(s), %1.</source>
        <translation>
            <numerusform>Running now: %n thread, %1.</numerusform>
            <numerusform>Running now: %n threads, %1.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n answers take %1 on the disk.</source>
        <translation>
            <numerusform>%n answer takes %1 on the disk.</numerusform>
            <numerusform>%n answers take %1 on the disk.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::app::Welcome</name>
    <message numerus="yes">
        <source>%n routed layers of %1 experts each; %2 of them work on each token. Click a word of the answer to see which.</source>
        <translation>
            <numerusform>%n routed layer of %1 experts; %2 of them work on each token. Click a word of the answer to see which.</numerusform>
            <numerusform>%n routed layers of %1 experts each; %2 of them work on each token. Click a word of the answer to see which.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>roundhouse::widgets::SplitCompare</name>
    <message numerus="yes">
        <source>The first %Ln token(s) are the same</source>
        <translation>
            <numerusform>The first %Ln token is the same</numerusform>
            <numerusform>The first %Ln tokens are the same</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>The first %Ln word(s) are the same</source>
        <translation>
            <numerusform>The first %Ln word is the same</numerusform>
            <numerusform>The first %Ln words are the same</numerusform>
        </translation>
    </message>
</context>
</TS>
