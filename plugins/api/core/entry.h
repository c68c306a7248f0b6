/* SPDX-License-Identifier: Apache-2.0 */
#ifndef ROUNDHOUSE_PLUGINS_API_CORE_ENTRY_H
#define ROUNDHOUSE_PLUGINS_API_CORE_ENTRY_H

/* What a plugin's libraries export: one constant data symbol each, read before any function of the library is called.
   Nothing here may ever change its place or meaning; whatever comes later is appended and found by entry_bytes. */

#include <stdint.h>

/* The interface of this header's release. A program loads plugins of its own major version whose minor version is not
   above its own: interfaces that the program implements only grow at their end, those a plugin implements never do. */
#define ROUNDHOUSE_PLUGIN_API_MAJOR 1
#define ROUNDHOUSE_PLUGIN_API_MINOR 0

#define ROUNDHOUSE_PLUGIN_MAGIC 0x4C504852u /* "RHPL" */
#define ROUNDHOUSE_PANEL_MAGIC 0x4E504852u  /* "RHPN" */

/* Names of the symbols. */
#define ROUNDHOUSE_PLUGIN_SYMBOL "roundhouse_plugin_entry"
#define ROUNDHOUSE_PANEL_SYMBOL "roundhouse_panel_entry"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct RoundhousePluginEntry {
  uint32_t magic;           /* ROUNDHOUSE_PLUGIN_MAGIC or ROUNDHOUSE_PANEL_MAGIC */
  uint32_t api_major;
  uint32_t api_minor;
  uint32_t entry_bytes;     /* sizeof(RoundhousePluginEntry) when the plugin was compiled */
  uint64_t cxx_abi;         /* roundhouse::plugin::cxx_abi() when the plugin was compiled (plugins/api/core/abi.h) */
  uint32_t qt_version;      /* QT_VERSION of a panel library; 0 in a core library */
  uint32_t reserved;        /* 0 */
  const char* id;           /* the manifest's id */
  void* (*create)(void);    /* a roundhouse::plugin::Plugin* or PanelPlugin*; null: failed */
  void (*destroy)(void*);   /* takes what create gave */
} RoundhousePluginEntry;

#ifdef __cplusplus
}
#endif

#endif
