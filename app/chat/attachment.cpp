// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/attachment.h"

#include <QCryptographicHash>
#include <QFile>
#include <QFileInfo>
#include <QMimeDatabase>
#include <QStringDecoder>

namespace roundhouse::app {
namespace {

// Offset of the first byte that begins no valid UTF-8 character, or -1.
qsizetype invalidUtf8(const QByteArray& bytes) {
  const auto* p = reinterpret_cast<const uchar*>(bytes.constData());
  const qsizetype size = bytes.size();
  for (qsizetype i = 0; i < size;) {
    const uchar c = p[i];
    const int length = c < 0x80 ? 1 : (c & 0xE0) == 0xC0 ? 2 : (c & 0xF0) == 0xE0 ? 3 : (c & 0xF8) == 0xF0 ? 4 : 0;
    if (!length || i + length > size) return i;
    char32_t code = length == 1 ? c : c & (0x7F >> length);
    for (int k = 1; k < length; ++k) {
      if ((p[i + k] & 0xC0) != 0x80) return i;
      code = (code << 6) | (p[i + k] & 0x3F);
    }
    constexpr char32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < kLeast[length] || code > 0x10FFFF || (code >= 0xD800 && code < 0xE000)) return i;
    i += length;
  }
  return -1;
}

}  // namespace

Result<Part> readTextFile(const QString& path) {
  const QFileInfo info(path);
  const std::string object = path.toStdString();
  if (!info.exists()) return Error{ErrorCode::not_found, "attach file", object, "a file", "nothing there"};
  if (!info.isFile()) return Error{ErrorCode::invalid_argument, "attach file", object, "a regular file", info.isDir() ? "a folder" : "a device or socket"};
  if (info.size() > kMaxAttachmentBytes) {
    return Error{ErrorCode::limit, "attach file", object, "at most " + std::to_string(kMaxAttachmentBytes) + " bytes",
                 std::to_string(info.size()) + " bytes"};
  }
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::io, "attach file", object, "to be readable", file.errorString().toStdString()};
  const QByteArray bytes = file.read(kMaxAttachmentBytes + 1);
  if (bytes.size() > kMaxAttachmentBytes) {  // it grew, or its size is not known beforehand
    return Error{ErrorCode::limit, "attach file", object, "at most " + std::to_string(kMaxAttachmentBytes) + " bytes", "more"};
  }
  if (file.error() != QFileDevice::NoError) return Error{ErrorCode::io, "attach file", object, "to be readable", file.errorString().toStdString()};

  FilePart part;
  PartOrigin origin;
  if (bytes.startsWith("\xFF\xFE") || bytes.startsWith("\xFE\xFF")) {
    QStringDecoder decode(bytes.startsWith("\xFF\xFE") ? QStringDecoder::Utf16LE : QStringDecoder::Utf16BE);
    const QString text = decode(bytes.mid(2));
    if (decode.hasError() || bytes.size() % 2) return Error{ErrorCode::malformed, "attach file", object, "UTF-16 text", "an unpaired half character"};
    part.text = text.toStdString();
    origin.transforms.push_back({"decode", R"({"from":"UTF-16"})", {}});
  } else if (bytes.startsWith("\xEF\xBB\xBF")) {
    part.text = bytes.mid(3).toStdString();
    origin.transforms.push_back({"decode", R"({"from":"UTF-8 with byte order mark"})", {}});
  } else {
    part.text = bytes.toStdString();
  }
  const QByteArray text = QByteArray::fromStdString(part.text);
  if (const qsizetype at = invalidUtf8(text); at >= 0) {
    return Error{ErrorCode::malformed, "attach file", object, "UTF-8 or UTF-16 text", "byte " + std::to_string(at) + " begins no character"};
  }
  if (const qsizetype at = text.indexOf('\0'); at >= 0) {
    return Error{ErrorCode::malformed, "attach file", object, "text", "a NUL at byte " + std::to_string(at)};
  }
  part.name = info.fileName().toStdString();
  part.media_type = QMimeDatabase().mimeTypeForFile(info, QMimeDatabase::MatchExtension).name().toStdString();
  if (part.media_type == "application/octet-stream") part.media_type = "text/plain";
  origin.sha256 = QCryptographicHash::hash(bytes, QCryptographicHash::Sha256).toHex().toStdString();
  origin.original_bytes = static_cast<std::uint64_t>(bytes.size());
  origin.source = part.name;
  return Part{std::move(part), std::move(origin)};
}

}  // namespace roundhouse::app
