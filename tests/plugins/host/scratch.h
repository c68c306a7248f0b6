// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QTemporaryDir>

#include <filesystem>
#include <fstream>
#include <string>

namespace scratch {

// A folder that goes with the test.
class Folder {
 public:
  // (Qt cannot remove files whose names are no UTF-8.)
  ~Folder() { std::filesystem::remove_all(path()); }
  std::filesystem::path path() const { return folder_.path().toStdString(); }
  std::filesystem::path write(const std::string& name, const std::string& bytes) const {
    const std::filesystem::path file = path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << bytes;
    return file;
  }

 private:
  QTemporaryDir folder_;
};

inline std::string manifest(const std::string& id, const std::string& more = "") {
  return R"({"roundhouse_plugin":1,"id":")" + id + R"(","name":"N","description":"D","version":"1","api":"1.0","licence":"MIT","core":"libx.so")" +
         more + "}";
}

}  // namespace scratch
