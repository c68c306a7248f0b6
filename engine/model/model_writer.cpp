// SPDX-License-Identifier: Apache-2.0
#include "engine/model/model_writer.h"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <map>

#include "engine/base/system_error.h"
#include "engine/base/unique_fd.h"
#include "engine/io/gguf_file.h"
#include "engine/io/gguf_writer.h"
#include "engine/io/json.h"
#include "engine/io/safetensors_writer.h"
#include "engine/model/tensor_plan.h"
#include "roundhouse/atomic_file.h"
#include "roundhouse/text_file.h"

namespace roundhouse {

namespace {

namespace fs = std::filesystem;

constexpr const char* operation = "write model";
constexpr std::uint64_t piece_bytes = std::uint64_t{8} << 20;

// What the pieces of all tensors go through.
class Pieces {
 public:
  Pieces(std::uint64_t total, int threads, const std::string& output, const std::function<void(double)>& progress, const CancelToken& cancel)
      : total_(std::max<std::uint64_t>(total, 1)), pool_(threads), output_(output), progress_(progress), cancel_(cancel) {}

  // `write`: Status(span of bytes).
  template <class Write>
  Status tensor(const TensorPlan& plan, Write write) {
    if (plan.copied()) {
      for (std::uint64_t at = 0; at < plan.bytes(); at += piece_bytes) {
        const std::uint64_t count = std::min(piece_bytes, plan.bytes() - at);
        RH_TRY(pass(count, [&] { return write(std::span(plan.source().data + at, static_cast<std::size_t>(count))); }));
      }
      return Ok{};
    }
    const auto step = static_cast<std::int64_t>(std::max<std::uint64_t>(1, piece_bytes / plan.row_bytes()));
    for (std::int64_t row = 0; row < plan.rows(); row += step) {
      const std::int64_t count = std::min(step, plan.rows() - row);
      buffer_.resize(static_cast<std::size_t>(static_cast<std::uint64_t>(count) * plan.row_bytes()));
      const auto convert_and_write = [&]() -> Status {
        RH_TRY(plan.convert(row, count, buffer_.data(), pool_));
        return write(std::span<const std::byte>(buffer_));
      };
      RH_TRY(pass(buffer_.size(), convert_and_write));
    }
    return Ok{};
  }

 private:
  template <class Step>
  Status pass(std::uint64_t bytes, Step step) {
    if (cancel_.cancelled()) return Error{ErrorCode::cancelled, operation, output_, "", "a cancel"};
    RH_TRY(step());
    done_ += bytes;
    if (progress_) progress_(static_cast<double>(done_) / static_cast<double>(total_));
    return Ok{};
  }

  const std::uint64_t total_;
  ThreadPool pool_;
  const std::string& output_;
  const std::function<void(double)>& progress_;
  const CancelToken& cancel_;
  std::uint64_t done_ = 0;
  std::vector<std::byte> buffer_;
};

// The folder that a path lies in, whether or not it ends with a slash.
fs::path without_slash(const std::string& path) {
  fs::path plain = fs::path(path).lexically_normal();
  if (!plain.has_filename()) plain = plain.parent_path();
  return plain;
}

Status check_output(const fs::path& output, bool folder, std::uint64_t bytes) {
  std::error_code failed;
  const fs::file_status status = fs::symlink_status(output, failed);
  const bool free = !fs::exists(status) || (folder && fs::is_directory(status) && fs::is_empty(output, failed) && !failed);
  if (!free) return Error{ErrorCode::conflict, operation, output.string(), folder ? "no folder of this name, or an empty one" : "no file of this name", "one that is there"};
  const fs::path parent = output.has_parent_path() ? output.parent_path() : fs::path(".");
  struct statvfs disk {};
  if (::statvfs(parent.c_str(), &disk) != 0) return system_error(operation, parent.string(), errno, "a folder to write into");
  const std::uint64_t there = static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize;
  if (there < bytes) {
    return Error{ErrorCode::io, operation, output.string(), std::to_string(bytes) + " bytes free on the disk", std::to_string(there)};
  }
  return Ok{};
}

// general.file_type's number for a type of most tensors.
std::optional<std::uint32_t> gguf_file_type(DType type) {
  switch (type) {
    case DType::f32: return 0;
    case DType::f16: return 1;
    case DType::q4_0: return 2;
    case DType::q8_0: return 7;
    case DType::q4_k: return 14;
    case DType::q6_k: return 18;
    case DType::bf16: return 32;
    default: return std::nullopt;
  }
}

Status write_gguf(const ModelSource& source, const TensorPlans& plans, const std::string& output, const ModelWriteOptions& options, Pieces& pieces) {
  RH_ASSIGN(GgufWriter writer, GgufWriter::create(output));
  for (const GgufMetadata::Entry& entry : source.gguf->metadata().entries()) {
    if (entry.key.starts_with("split.")) continue;
    const auto number = options.type && entry.key == "general.file_type" ? gguf_file_type(*options.type) : std::nullopt;
    RH_TRY(writer.add_metadata(entry.key, number ? GgufValue::of_u32(*number) : entry.value));
  }
  for (const TensorPlan& plan : plans.all()) RH_TRY(writer.add_tensor(plan.source().name, plan.type(), plan.source().shape));
  for (const TensorPlan& plan : plans.all()) {
    RH_TRY(pieces.tensor(plan, [&](std::span<const std::byte> bytes) { return writer.write_data(bytes); }));
  }
  if (source.verify_unchanged) RH_TRY(source.verify_unchanged());
  return writer.finish();
}

// A folder of an unpredictable name beside `output`, which takes its place with publish(); else it is gone.
class NewFolder {
 public:
  static Result<NewFolder> create(const fs::path& output) {
    std::uint64_t random = 0;
    if (::getrandom(&random, sizeof random, 0) != sizeof random) return system_error(operation, output.string(), errno);
    char suffix[32];
    std::snprintf(suffix, sizeof suffix, ".%016llx.part", static_cast<unsigned long long>(random));
    const std::string path = output.string() + suffix;
    if (::mkdir(path.c_str(), 0777) != 0) return system_error(operation, output.string(), errno, "a folder to write into");
    return NewFolder(path, output);
  }
  NewFolder(NewFolder&& other) noexcept : path_(std::move(other.path_)), output_(std::move(other.output_)) { other.path_.clear(); }
  NewFolder& operator=(NewFolder&&) = delete;
  ~NewFolder() {
    std::error_code ignored;
    if (!path_.empty()) fs::remove_all(path_, ignored);
  }
  const fs::path& path() const { return path_; }

  Status publish() {
    RH_TRY(sync(path_));
    if (::rename(path_.c_str(), output_.c_str()) != 0) return system_error(operation, output_.string(), errno, "no folder of this name");
    path_.clear();
    return sync(output_.has_parent_path() ? output_.parent_path() : fs::path("."));
  }

 private:
  NewFolder(fs::path path, fs::path output) : path_(std::move(path)), output_(std::move(output)) {}
  static Status sync(const fs::path& folder) {
    const UniqueFd fd(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (fd && ::fsync(fd.get()) != 0 && errno != EINVAL) return system_error(operation, folder.string(), errno);
    return Ok{};
  }
  fs::path path_, output_;
};

// The configuration with the type of its weights.
Result<std::string> config_text(const ModelSource& source, std::optional<DType> type) {
  const SourceFile& file = source.files.front();
  const std::string text(reinterpret_cast<const char*>(file.bytes.data()), file.bytes.size());
  if (!type) return text;
  const char* const name = *type == DType::f32 ? "float32" : *type == DType::f16 ? "float16" : "bfloat16";
  RH_ASSIGN(OrderedJson config, parse_ordered_json(text, file.path));
  const bool old = config.contains("torch_dtype"), fresh = config.contains("dtype");
  if (old || !fresh) config["torch_dtype"] = name;  // transformers 4's key, which 5 reads too
  if (fresh) config["dtype"] = name;
  return dump_json(config, 2) + "\n";
}

// What describes a model beside its weights; whatever else lies in a folder (other formats of the weights, archives) stays there.
bool is_companion(const fs::path& path) {
  static constexpr std::array endings = {".json", ".jinja", ".txt", ".md", ".model", ".tiktoken", ".py"};
  static constexpr std::array names = {"LICENSE", "NOTICE", "README"};
  const std::string name = path.filename().string();
  if (name == "config.json" || name.ends_with(".index.json") || name.starts_with("adapter_")) return false;
  return std::any_of(endings.begin(), endings.end(), [&](const char* end) { return name.ends_with(end); }) ||
         std::any_of(names.begin(), names.end(), [&](const char* own) { return name == own; });
}

Status copy_companions(const fs::path& from, const fs::path& to) {
  std::error_code failed;
  for (fs::directory_iterator each(from, failed), end; !failed && each != end; each.increment(failed)) {
    const fs::path& path = each->path();
    if (each->is_directory(failed) && path.filename() == "additional_chat_templates") {
      const fs::path inner = to / path.filename();
      if (fs::create_directory(inner, failed); failed) break;
      RH_TRY(copy_companions(path, inner));
    } else if (!failed && each->is_regular_file(failed) && is_companion(path)) {
      fs::copy_file(path, to / path.filename(), failed);
    }
    if (failed) break;
  }
  if (failed) return system_error(operation, "files beside the weights of " + from.string(), failed.value());
  return Ok{};
}

Status write_safetensors(const ModelSource& source, const TensorPlans& plans, const fs::path& output, const ModelWriteOptions& options, Pieces& pieces) {
  RH_ASSIGN(NewFolder folder, NewFolder::create(output));
  RH_TRY(copy_companions(source.path, folder.path()));
  RH_ASSIGN(const std::string config, config_text(source, options.type));
  RH_TRY(write_file_atomically((folder.path() / "config.json").string(), config));

  std::vector<std::vector<const TensorPlan*>> of_file(source.files.size());  // the first is config.json
  for (const TensorPlan& plan : plans.all()) {
    const auto within = [&](const SourceFile& file) {
      return plan.source().data >= file.bytes.data() && plan.source().data + plan.source().bytes <= file.bytes.data() + file.bytes.size();
    };
    const auto file = std::find_if(source.files.begin() + 1, source.files.end(), within);
    if (file == source.files.end()) return Error{ErrorCode::internal, operation, plan.source().name, "a file that holds it", "none"};
    of_file[static_cast<std::size_t>(file - source.files.begin())].push_back(&plan);
  }
  std::map<std::string, std::string> index;
  for (std::size_t f = 1; f < source.files.size(); ++f) {
    const std::string name = fs::path(source.files[f].path).filename().string();
    RH_ASSIGN(SafetensorsWriter writer, SafetensorsWriter::create((folder.path() / name).string()));
    RH_TRY(writer.add_metadata("format", "pt"));
    for (const TensorPlan* plan : of_file[f]) {
      RH_TRY(writer.add_tensor(plan->source().name, plan->type(), plan->source().shape));
      index[plan->source().name] = name;
    }
    for (const TensorPlan* plan : of_file[f]) {
      RH_TRY(pieces.tensor(*plan, [&](std::span<const std::byte> bytes) { return writer.write_data(bytes); }));
    }
    RH_TRY(writer.finish());
  }
  const bool one = source.files.size() == 2 && fs::path(source.files[1].path).filename() == "model.safetensors";
  if (!one) {
    const Json json = {{"metadata", {{"total_size", plans.bytes()}}}, {"weight_map", index}};
    RH_TRY(write_file_atomically((folder.path() / "model.safetensors.index.json").string(), dump_json(json, 2) + "\n"));
  }
  if (source.verify_unchanged) RH_TRY(source.verify_unchanged());
  return folder.publish();
}

}  // namespace

Result<WrittenModel> write_model(const ModelSource& source, const std::vector<WeightUpdate>& updates, const std::string& output,
                                 const ModelWriteOptions& options, const std::function<void(double)>& progress, const CancelToken& cancel) {
  RH_ASSIGN(const TensorPlans plans, TensorPlans::make(source, updates, {options.type, options.updated_type}));
  const bool folder = source.format == ModelFormat::hugging_face;
  const fs::path path = without_slash(output);
  if (path.empty()) return Error{ErrorCode::invalid_argument, operation, "output", "a path", "none"};
  RH_TRY(check_output(path, folder, plans.bytes()));
  Pieces pieces(plans.bytes(), options.threads, output, progress, cancel);
  RH_TRY(folder ? write_safetensors(source, plans, path, options, pieces) : write_gguf(source, plans, path.string(), options, pieces));
  WrittenModel written;
  written.bytes = plans.bytes();
  for (const TensorPlan& plan : plans.all()) {
    ++written.tensors;
    if (plan.changed()) ++written.updated_tensors;
    if (plan.type() != plan.source().type) ++written.converted_tensors;
  }
  written.in_another_type = plans.in_another_type();
  return written;
}

}  // namespace roundhouse
