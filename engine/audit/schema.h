// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include "engine/audit/sqlite.h"
#include "roundhouse/audit.h"

namespace roundhouse::audit {

inline constexpr int application_id = 0x52484155;  // "RHAU"; SQLite's file header names the kind of file with it
inline constexpr int schema_version = 1;

// Makes an empty database an audit log, in write-ahead mode. Under the LogLock.
Status create_schema(Connection& connection);

// `malformed` unless the database is an audit log, `unsupported` for a newer one. Nothing: the database is empty.
Result<bool> check_is_audit_log(Connection& connection);

// How the database's definition differs from what create_schema() makes.
Result<std::vector<AuditFinding>> schema_differences(Connection& connection);

}  // namespace roundhouse::audit
