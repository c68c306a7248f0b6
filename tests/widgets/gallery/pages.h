// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QList>
#include <QString>

#include <functional>

class QWidget;

// A page of the gallery: some widgets of one kind, filled with made-up but plausible content.
struct GalleryPage {
  QString name;
  QString icon;
  std::function<QWidget*()> make;
};

QList<GalleryPage> galleryPages();

QWidget* controlsPage();
QWidget* iconsPage();
QWidget* heatmapPage();
QWidget* markdownPage();
QWidget* partsPage();
QWidget* palettePage();
QWidget* tokensPage();
QWidget* plotsPage();
QWidget* comparePage();
