// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/chat/chat_widget.h"

#include <QDialogButtonBox>
#include <QDir>
#include <QDragEnterEvent>
#include <QFileDialog>
#include <QFileInfo>
#include <QHBoxLayout>
#include <QInputDialog>
#include <QKeyEvent>
#include <QLineEdit>
#include <QMenu>
#include <QMimeData>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QRegularExpression>
#include <QSplitter>
#include <QTimer>
#include <QToolButton>
#include <QUrl>
#include <QVBoxLayout>

#include <utility>

#include "app/bridge/audit_service.h"
#include "app/chat/chat_controller.h"
#include "app/chat/closing_question.h"
#include "app/chat/composer.h"
#include "app/chat/conversation_list.h"
#include "app/chat/conversation_settings.h"
#include "app/chat/message_card.h"
#include "app/chat/message_view.h"
#include "app/chat/sampling_presets.h"
#include "app/chat/unsaved_files.h"
#include "app/chat/welcome.h"
#include "app/net/network_gate.h"
#include "app/plugins/plugin_service.h"
#include "app/shell/background.h"
#include "app/shell/command_registry.h"
#include "app/shell/remembered.h"
#include "app/shell/save_dialog.h"
#include "app/shell/settings.h"
#include "app/shell/show_error.h"
#include "widgets/controls/title_edit.h"
#include "widgets/style/escape_key.h"
#include "widgets/style/icon.h"
#include "widgets/style/metrics.h"
#include "widgets/style/text_role.h"

namespace roundhouse::app {
namespace {

namespace grid = widgets::grid;
// Errors that a success of the same kind takes back.
QString notRead() { return ChatWidget::tr("The conversation could not be read or written"); }
QString notImported() { return ChatWidget::tr("The conversation was not imported"); }
QString notExported() { return ChatWidget::tr("The conversation was not exported"); }
QString notAttached() { return ChatWidget::tr("The file was not attached"); }
QString notOpened() { return ChatWidget::tr("The page was not opened"); }
QString noResult() { return ChatWidget::tr("The tool gave no result"); }

// One of ConversationLibrary::notices(): what it is about shows in what was done.
QString noticeTitle(const Error& error) {
  if (error.operation == UnsavedFiles::kReading) {
    return ChatWidget::tr("Messages of an earlier run could not be read; they stay in %1").arg(QDir::toNativeSeparators(QString::fromStdString(error.object)));
  }
  if (error.operation != "open the conversations") return {};  // as ConversationStore says it
  return error.code == ErrorCode::malformed ? ChatWidget::tr("The conversations' database was damaged and has been restored, as far as it could be read")
                                            : ChatWidget::tr("The conversations' database was deleted or replaced by another program. What is open here is saved again");
}

constexpr int kNameLetters = 24;  // of the edits, in the head
constexpr int kAllColumns = 860;  // from this width on, list, messages and drawer stand side by side
const QString kSidebar = QStringLiteral("chat/sidebar");
const QString kDrawer = QStringLiteral("chat/drawer");
const QString kSplit = QStringLiteral("chat/split");

QToolButton* headerButton(QWidget* parent, const QString& id, const QString& icon, const QString& name) {
  auto* made = new QToolButton(parent);
  made->setObjectName(id);
  made->setAutoRaise(true);
  made->setIcon(widgets::icon(icon));
  made->setToolTip(name);
  made->setAccessibleName(name);
  return made;
}

Result<QByteArray> readFile(const QString& path) {
  constexpr qint64 kMost = 256 * 1024 * 1024;
  QFile file(path);
  if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::io, "import conversation", path.toStdString(), "to be readable", file.errorString().toStdString()};
  QByteArray bytes = file.read(kMost + 1);
  if (bytes.size() > kMost) return Error{ErrorCode::limit, "import conversation", path.toStdString(), "at most 256 MB", "more"};
  return bytes;
}

QString fileNameFor(const QString& title) {
  static const QRegularExpression unfit(QStringLiteral("[/\\\\:*?\"<>|\\x00-\\x1f]+"));
  QString name = QString(title).replace(unfit, QStringLiteral(" ")).simplified().left(60);
  while (name.startsWith(QLatin1Char('.'))) name.remove(0, 1);
  return name.isEmpty() ? QStringLiteral("conversation") : name;
}

}  // namespace

ChatWidget::ChatWidget(AppContext& context, ChatServices& services, const QString& embeddedModel, QWidget* parent)
    : QWidget(parent), context_(context), services_(services), chat_(*services.controller), library_(*services.library) {
  setObjectName(QStringLiteral("chatPanel"));
  setAcceptDrops(true);
  auto* outer = new QHBoxLayout(this);
  outer->setContentsMargins(0, 0, 0, 0);
  splitter_ = new QSplitter(Qt::Horizontal, this);
  splitter_->setObjectName(QStringLiteral("chatSplitter"));
  splitter_->setChildrenCollapsible(false);
  splitter_->setHandleWidth(1);
  outer->addWidget(splitter_);

  list_ = new ConversationList(library_, splitter_);
  list_->setMinimumWidth(160);
  remember(context_.settings, list_->findChild<QLineEdit*>(QStringLiteral("conversationSearch")));
  auto* middle = new QWidget(splitter_);
  middle->setMinimumWidth(320);
  settings_ = new ConversationSettings(TokenFinder(context_.engine), splitter_);
  settings_->setOwnPresets(presetsFromJson(context_.settings.text(chat_keys::presets)));
  splitter_->addWidget(list_);
  splitter_->addWidget(middle);
  splitter_->addWidget(settings_);
  splitter_->setStretchFactor(0, 0);
  splitter_->setStretchFactor(1, 1);
  splitter_->setStretchFactor(2, 0);
  splitter_->setSizes({208, 700, 300});

  auto* column = new QVBoxLayout(middle);
  column->setContentsMargins(0, 0, 0, 0);
  column->setSpacing(0);
  buildHeader(column);

  // Of their own: nothing else that is told takes their place.
  notice_ = new widgets::ErrorBar(middle);
  notice_->setObjectName(QStringLiteral("chatNotice"));
  unsaved_ = new widgets::ErrorBar(middle);
  unsaved_->setObjectName(QStringLiteral("notSaved"));
  error_ = new widgets::ErrorBar(middle);
  error_->setObjectName(QStringLiteral("chatError"));
  for (widgets::ErrorBar* bar : {notice_, unsaved_, error_}) {
    auto* row = new QHBoxLayout;
    row->setContentsMargins(grid::kLarge, 0, grid::kLarge, 0);
    row->addWidget(bar);
    column->addLayout(row);
  }
  closing_ = new ClosingQuestion(library_, this);

  messages_ = new MessageView(chat_, context_.sessions, context_.selection, middle);
  auto* welcome = new Welcome(context_.engine, !context_.settings.flag(keys::welcomed, false), embeddedModel, messages_);
  messages_->setEmptyWidget(welcome);
  messages_->setOpenEditors(std::exchange(services_.openEditors, {}));
  messages_->setTokenText([this](const AnswerSnapshot& answer, std::int32_t token) -> QString {
    const std::shared_ptr<Model> model = context_.engine.current();
    if (!model || !context_.engine.api().tokenText) return {};
    // Another model's numbers stand for other words.
    const std::string digest = model->sha256();
    if (model->info().name != answer.modelName || (!digest.empty() && !answer.modelSha256.empty() && digest != answer.modelSha256)) return {};
    return QString::fromStdString(context_.engine.api().tokenText(*model, token));
  });
  column->addWidget(messages_, 1);

  auto* foot = new QHBoxLayout;
  foot->setContentsMargins(grid::kLarge, grid::kTight, grid::kLarge, grid::kMedium);
  composer_ = new Composer(middle);
  composer_->setMaximumWidth(grid::kReadingWidth);
  composer_->putBack(services_.takeDraft());
  composer_->attach(std::exchange(services_.reading, {}));
  foot->addStretch(1);
  foot->addWidget(composer_, 1000);
  foot->addStretch(1);
  column->addLayout(foot);

  connect(welcome, &Welcome::questionChosen, this, [this](const QString& question) {
    composer_->setText(question);
    send();
  });
  connect(welcome, &Welcome::modelsRequested, this, [this] { context_.commands.trigger(QStringLiteral("go.models")); });
  connect(welcome, &Welcome::loadEmbeddedRequested, this, [this, embeddedModel] { context_.engine.load(embeddedModel); });
  // What a kill leaves of a question: its text.
  constexpr int kKeepDraftMs = 1000;
  auto* draft = new QTimer(this);
  draft->setSingleShot(true);
  draft->setInterval(kKeepDraftMs);
  connect(draft, &QTimer::timeout, this, [this] { services_.rememberText(composer_->text()); });
  connect(composer_->editor(), &QPlainTextEdit::textChanged, draft, qOverload<>(&QTimer::start));
  connect(composer_, &Composer::sendRequested, this, &ChatWidget::send);
  connect(composer_, &Composer::stopRequested, &chat_, &ChatController::stop);
  connect(composer_, &Composer::failed, this, [this](const Error& error) { tellError(error, notAttached()); });
  connect(composer_, &Composer::attached, this, [this] { takeBack(notAttached()); });
  connect(messages_, &MessageView::linkActivated, this, [this](const QString& href) {
    const Status opened = context_.network.openExternal(QUrl(href), tr("Link in an answer"));
    if (opened.ok()) takeBack(notOpened());
    else tellError(opened.error(), notOpened());
  });
  connect(messages_, &MessageView::askedAgain, this, [this] { composer_->editor()->setFocus(Qt::OtherFocusReason); });
  connect(messages_, &MessageView::editedRoutingClicked, this, [this] { context_.commands.trigger(QStringLiteral("go.routing")); });

  connect(list_, &ConversationList::opened, this, [this](const QString& id) { chat_.open(id); });
  connect(list_, &ConversationList::newRequested, this, [this] { context_.commands.trigger(QStringLiteral("chat.new")); });
  connect(list_, &ConversationList::renameRequested, this, [this](const QString& id, const QString& title) { chat_.rename(id, title); });
  connect(list_, &ConversationList::removeRequested, this, [this](const QString& id) {
    ConversationListModel& model = list_->model();
    chat_.remove(id, model.index(model.rowOf(id)).data().toString());
  });
  connect(list_, &ConversationList::restoreRequested, this, [this](const QString& id) { chat_.restore(id); });
  connect(list_, &ConversationList::redactRequested, this, &ChatWidget::askRedaction);
  connect(list_, &ConversationList::exportRequested, this, &ChatWidget::exportConversation);
  connect(settings_, &ConversationSettings::systemPromptChanged, this, [this](const QString& prompt) {
    chat_.setSystemPrompt(prompt);
    context_.settings.set(chat_keys::systemPrompt, prompt);
  });
  connect(settings_, &ConversationSettings::samplingChanged, this, [this](const SamplingSettings& sampling) {
    chat_.setSampling(sampling);
    context_.settings.set(chat_keys::sampling, samplingToJson(sampling));
  });
  connect(settings_, &ConversationSettings::ownPresetsChanged, this, [this](const QList<SamplingPreset>& presets) {
    context_.settings.set(chat_keys::presets, presetsToJson(presets));
  });
  connect(&context_.engine, &EngineController::currentChanged, settings_, &ConversationSettings::showModel);
  connect(settings_, &ConversationSettings::closeRequested, this, [this] { setSettingsShown(false); });

  connect(&chat_, &ChatController::currentChanged, this, &ChatWidget::showConversation);
  connect(&chat_, &ChatController::propertiesChanged, this, &ChatWidget::showConversation);
  connect(&chat_, &ChatController::busyChanged, this, &ChatWidget::showBusy);
  connect(&chat_, &ChatController::pathChanged, this, &ChatWidget::showBusy);
  connect(&chat_, &ChatController::problem, this, [this](const Error& error) { tellError(error, notRead()); });
  connect(&chat_, &ChatController::currentChanged, this, [this] { takeBack(notRead()); });
  connect(&chat_, &ChatController::deletedElsewhere, this, [this](const QString& title, bool back) {
    told_.clear();
    error_->showMessage(widgets::ErrorBar::Severity::Info,
                        back ? tr("“%1” was deleted in another window. It is kept, because it goes on here.").arg(title)
                             : tr("“%1” was deleted in another window. It is saved again with the next message.").arg(title));
  });
  chat_.setToolCaller([this](const ToolCallPart& call, const QString& conversation, const CancelToken& cancel, QObject* receiver, ChatController::ToolResult done) {
    pluginService(context_).callTool(call, conversation, cancel, receiver, std::move(done));
  });
  connect(&chat_, &ChatController::toolAnswered, this, [this](const QString& id) {
    takeBack(noResult());
    if (id == chat_.current().id) messages_->scrollToEnd();
  });
  connect(&chat_, &ChatController::toolFailed, this, [this](const QString& typed, const Error& error) {
    if (composer_->empty()) composer_->setText(typed);
    tellError(error, noResult());
  });
  connect(&library_, &ConversationLibrary::noticed, this, &ChatWidget::showNotice);
  connect(notice_, &widgets::ErrorBar::dismissed, this, [this] {
    library_.putNoticeAway();
    showNotice();
  });
  connect(&library_, &ConversationLibrary::notSaved, this, &ChatWidget::showNotSaved);
  connect(&library_, &ConversationLibrary::savedAgain, this, &ChatWidget::showSavedAgain);
  connect(&library_, &ConversationLibrary::takenIn, this, [this](int messages) {
    if (messages == 0) return;
    told_.clear();
    error_->showMessage(widgets::ErrorBar::Severity::Info, tr("%n message(s) of an earlier run that could not be saved then are saved now", nullptr, messages));
  });
  connect(&chat_, &ChatController::removedChanged, this, &ChatWidget::showRemoved);
  connect(&chat_, &ChatController::redacted, this, &ChatWidget::showRedacted);
  connect(&chat_, &ChatController::redactionFailed, this, [this](const Error& error) { tellError(error, tr("The texts were not redacted")); });
  connect(&context_.sessions, &SessionHub::busyChanged, this, [this](const QString& id, bool busy) { list_->model().setBusy(id, busy); });
  connect(&context_.sessions, &SessionHub::snapshotChanged, this, [this](const AnswerSnapshotPtr& snapshot) {
    if (snapshot->finished() && !snapshot->text.empty()) context_.settings.set(keys::welcomed, true);
  });

  const QByteArray split = context_.settings.bytes(kSplit);
  if (!split.isEmpty()) splitter_->restoreState(split);
  connect(splitter_, &QSplitter::splitterMoved, this, [this] { context_.settings.setBytes(kSplit, splitter_->saveState()); });
  addCommands();
  setSettingsShown(context_.settings.flag(kDrawer, false));
  showConversation();
  showBusy();
  showRemoved();
  showNotice();
  showNotSaved();
}

ChatWidget::~ChatWidget() {
  chat_.setToolCaller({});
  services_.openEditors = messages_->openEditors();
  services_.reading = composer_->reading();
  services_.keepDraft(composer_->take());
}

void ChatWidget::buildHeader(QVBoxLayout* column) {
  auto* row = new QHBoxLayout;
  row->setContentsMargins(grid::kSmall, grid::kSmall, grid::kSmall, grid::kTight);
  row->setSpacing(grid::kTight);
  sidebar_ = headerButton(this, QStringLiteral("toggleSidebar"), QStringLiteral("sidebar"), tr("List of conversations"));
  sidebar_->setCheckable(true);
  title_ = new widgets::TitleEdit(this);
  title_->setObjectName(QStringLiteral("conversationTitle"));
  title_->setAccessibleName(tr("Title of the conversation"));
  title_->setToolTip(tr("Click to rename"));
  title_->setProperty("plain", true);
  title_->setMaxLength(200);
  title_->setProperty("textRole", "title");
  title_->installEventFilter(this);
  edits_ = new QToolButton(this);
  edits_->setObjectName(QStringLiteral("routingEdits"));
  edits_->setAutoRaise(true);
  edits_->setToolButtonStyle(Qt::ToolButtonTextBesideIcon);
  edits_->setIcon(widgets::icon(QStringLiteral("routing"), widgets::ColorToken::Warning));
  drawer_ = headerButton(this, QStringLiteral("toggleSettings"), QStringLiteral("settings"), tr("System prompt and sampling"));
  drawer_->setCheckable(true);
  more_ = headerButton(this, QStringLiteral("more"), QStringLiteral("more"), tr("More about this conversation"));
  more_->setPopupMode(QToolButton::InstantPopup);
  more_->setStyleSheet(QStringLiteral("QToolButton::menu-indicator { image: none; width: 0; }"));
  row->addWidget(sidebar_);
  row->addWidget(title_, 1);
  row->addWidget(edits_);
  row->addWidget(drawer_);
  row->addWidget(more_);
  column->addLayout(row);
  connect(sidebar_, &QToolButton::clicked, this, [this] { context_.commands.trigger(QStringLiteral("chat.sidebar")); });
  connect(drawer_, &QToolButton::clicked, this, [this](bool on) { setSettingsShown(on); });
  connect(edits_, &QToolButton::clicked, this, [this] { context_.commands.trigger(QStringLiteral("go.routing")); });
  connect(title_, &QLineEdit::editingFinished, this, [this] {
    keepTitle();
    showConversation();
  });
}

void ChatWidget::addCommands() {
  CommandRegistry& commands = context_.commands;
  const QString group = tr("Chat");
  auto keys = [](const char* text) { return QKeySequence(QLatin1String(text)); };
  // The palette offers these in every room: what they do is seen here. (Branches and tokens are seen in Routing, too.)
  auto here = [this](auto act) {
    return [this, act] {
      context_.commands.trigger(QStringLiteral("go.chat"));
      act();
    };
  };
  QMenu* menu = new QMenu(more_);
  commands.add({QStringLiteral("chat.new"), tr("New conversation"), group, QStringLiteral("add"), keys("Ctrl+N")}, here([this] {
    chat_.startNew();
    composer_->editor()->setFocus(Qt::ShortcutFocusReason);
  }));
  commands.add({QStringLiteral("chat.search"), tr("Search conversations"), group, QStringLiteral("search"), keys("Ctrl+F"), this}, here([this] {
    showList();
    list_->focusSearch();
  }));
  commands.add({QStringLiteral("chat.sidebar"), tr("Show or hide the list of conversations"), group, QStringLiteral("sidebar"), keys("Ctrl+B"), this}, [this] {
    const bool hide = isVisible() && list_->isVisible();
    context_.commands.trigger(QStringLiteral("go.chat"));
    if (!hide) return showList();
    context_.settings.set(kSidebar, false);
    fitColumns();
  });
  commands.add({QStringLiteral("chat.settings"), tr("System prompt and sampling"), group, QStringLiteral("settings"), keys("Ctrl+Shift+S"), this}, [this] {
    const bool hide = isVisible() && settingsShown();
    context_.commands.trigger(QStringLiteral("go.chat"));
    setSettingsShown(!hide);
  });
  stop_ = commands.add({QStringLiteral("chat.stop"), tr("Stop the answer"), group, QStringLiteral("stop"), keys("Esc")}, [this] { chat_.stop(); });
  again_ = commands.add({QStringLiteral("chat.again"), tr("Answer again"), group, QStringLiteral("regenerate"), keys("Ctrl+Return"), this}, [this] {
    if (const MessageCard* last = messages_->lastAnswer()) chat_.regenerate(last->id());
  });
  commands.add({QStringLiteral("chat.edit"), tr("Edit the last question"), group, QStringLiteral("edit"), keys("Ctrl+E"), this}, here([this] {
    const QList<MessageCard*> cards = messages_->cards();
    for (auto card = cards.rbegin(); card != cards.rend(); ++card) {
      if ((*card)->isAnswer()) continue;
      (*card)->beginEditing();
      return;
    }
  }));
  auto walk = [this](int by) {
    const QStringList path = chat_.tree().path();
    for (auto id = path.rbegin(); id != path.rend(); ++id) {
      // Where one message has no more branches that way, the next branch point above is meant.
      const QStringList siblings = chat_.tree().siblings(*id);
      const qsizetype to = siblings.indexOf(*id) + by;
      if (to < 0 || to >= siblings.size()) continue;
      if (!chat_.busy()) chat_.selectBranch(siblings[to]);
      return;
    }
  };
  commands.add({QStringLiteral("chat.branch.back"), tr("Branch before"), group, QStringLiteral("branch-left"), keys("Alt+Up"), this}, [walk] { walk(-1); });
  commands.add({QStringLiteral("chat.branch.forward"), tr("Next branch"), group, QStringLiteral("branch-right"), keys("Alt+Down"), this}, [walk] { walk(1); });
  commands.add({QStringLiteral("chat.token.back"), tr("Choose the token before"), group, QStringLiteral("chevron-left"), keys("Alt+Left"), this},
               [this] { messages_->stepToken(-1); });
  commands.add({QStringLiteral("chat.token.forward"), tr("Choose the next token"), group, QStringLiteral("chevron-right"), keys("Alt+Right"), this},
               [this] { messages_->stepToken(1); });
  commands.add({QStringLiteral("chat.attach"), tr("Attach a text file"), group, QStringLiteral("attach"), keys("Ctrl+Shift+A"), this},
               here([this] { composer_->chooseFiles(); }));
  menu->addAction(commands.add({QStringLiteral("chat.export"), tr("Export this conversation…"), group, QStringLiteral("export"), keys("Ctrl+S"), this},
                               here([this] { exportConversation(chat_.current().id); })));
  menu->addAction(commands.add({QStringLiteral("chat.import"), tr("Import a conversation…"), group, QStringLiteral("import"), keys("Ctrl+O"), this},
                               here([this] { importConversation(); })));
  menu->addSeparator();
  menu->addAction(commands.add({QStringLiteral("chat.delete"), tr("Delete this conversation"), group, QStringLiteral("trash"), {}, this}, here([this] {
    if (!chat_.tree().empty()) chat_.remove(chat_.current().id);
  })));
  undo_ = commands.add({QStringLiteral("chat.undo"), tr("Bring back the deleted conversation"), group, QStringLiteral("undo"), keys("Ctrl+Z"), this}, here([this] {
    if (!chat_.removed().isEmpty()) chat_.restore(chat_.removed().last().id);
  }));
  more_->setMenu(menu);
  commands.addTargets([this] {
    QList<PaletteTarget> targets;
    for (const ConversationSummary& each : list_->everything()) {
      targets.append({QStringLiteral("conversation.") + each.id, each.title, tr("Conversations"), QString(), QStringLiteral("chat"), [this, id = each.id] {
                        context_.commands.trigger(QStringLiteral("go.chat"));
                        chat_.open(id);
                      }});
    }
    return targets;
  });
}

void ChatWidget::setSettingsShown(bool shown) {
  settings_->setVisible(shown);
  drawer_->setChecked(shown);
  context_.settings.set(kDrawer, shown);
  fitColumns();
}

// Where there is no room for both, the drawer gives way.
void ChatWidget::showList() {
  context_.settings.set(kSidebar, true);
  if (tight()) setSettingsShown(false);
  else fitColumns();
}

bool ChatWidget::tight() const { return settingsShown() && width() < kAllColumns; }

void ChatWidget::fitColumns() {
  // Too narrow for all three: the list gives way to the drawer as long as that is open.
  const bool shown = context_.settings.flag(kSidebar, true) && !tight();
  if (list_->isVisibleTo(this) != shown) list_->setVisible(shown);
  sidebar_->setChecked(shown);
}

void ChatWidget::resizeEvent(QResizeEvent* event) {
  QWidget::resizeEvent(event);
  fitColumns();
}

bool ChatWidget::settingsShown() const { return settings_->isVisibleTo(this); }

void ChatWidget::showConversation() {
  const Conversation& conversation = chat_.current();
  if (titled_ != conversation.id) keepTitle();
  titled_ = conversation.id;
  const QString title = conversation.title.isEmpty() ? tr("New conversation") : conversation.title;
  if (!title_->hasFocus() || !title_->isModified()) {
    title_->setText(title);
    title_->setCursorPosition(0);
  }
  title_->setEnabled(!conversation.title.isEmpty());
  settings_->setValues(conversation.systemPrompt, conversation.sampling);
  const RoutingEdits edits = context_.sessions.edits(conversation.id);
  const std::optional<Error> refused = chat_.editsRefused();
  edits_->setVisible(!edits.empty() || refused);
  if (refused) edits_->setText(tr("Routing edits not in force"));
  else edits_->setText(edits.name.empty() ? tr("Edited routing") : edits_->fontMetrics().elidedText(QString::fromStdString(edits.name), Qt::ElideRight, kNameLetters * edits_->fontMetrics().averageCharWidth()));
  edits_->setToolTip(refused ? tr("The routing edits of this conversation do not fit this model: %1. They come back with a model that they fit.").arg(errorLine(*refused))
                             : tr("Answers of this conversation use an edited routing. Opens Routing.") + (edits.name.empty() ? QString() : QLatin1Char('\n') + QString::fromStdString(edits.name)));
  list_->setCurrent(conversation.id);
}

void ChatWidget::keepTitle() {
  if (!title_->isModified()) return;
  title_->setModified(false);
  chat_.rename(titled_, title_->text());
}

void ChatWidget::showBusy() {
  const bool busy = chat_.busy();
  composer_->setBusy(busy);
  stop_->setEnabled(busy);
  again_->setEnabled(!busy && !chat_.tree().empty());
}

void ChatWidget::showRemoved() {
  const QList<ChatController::Removed>& removed = chat_.removed();
  undo_->setEnabled(!removed.isEmpty());
  if (removed.isEmpty()) list_->offerUndo({});
  else list_->offerUndo(removed.last().id, removed.last().title, context_.audit.log() != nullptr);
}

void ChatWidget::askRedaction(const QString& removed) {
  QString title;
  for (const ChatController::Removed& each : chat_.removed()) {
    if (each.id == removed) title = each.title;
  }
  chat_.holdRemoved(true);
  // Irreversible: hence a dialog.
  auto* dialog = new QInputDialog(this);
  dialog->setObjectName(QStringLiteral("redactDialog"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setWindowTitle(tr("Redact in the audit log"));
  dialog->setLabelText(tr("The prompts and answers of “%1” are destroyed in the audit log for good, and the conversation can no longer be\n"
                          "brought back. The log's entries stay; new ones say what was redacted, when and why.\n\nReason:").arg(title));
  dialog->setTextValue(tr("Conversation deleted"));
  dialog->setOkButtonText(tr("Redact"));
  // The dialog may also go with this widget, when the window is made anew.
  connect(dialog, &QObject::destroyed, &chat_, [&chat = chat_] { chat.holdRemoved(false); });
  connect(dialog, &QInputDialog::textValueSelected, this, [this, removed](const QString& reason) {
    if (!reason.trimmed().isEmpty()) chat_.redact(removed, reason.trimmed(), context_.audit);
  });
  dialog->open();
  QPushButton* ok = dialog->findChild<QDialogButtonBox*>()->button(QDialogButtonBox::Ok);
  connect(dialog, &QInputDialog::textValueChanged, ok, [ok](const QString& value) { ok->setEnabled(!value.trimmed().isEmpty()); });
}

void ChatWidget::showRedacted(const AuditReceipt& receipt) {
  list_->showNotice(receipt.entries > 0 ? tr("%n text(s) redacted in the audit log", nullptr, int(receipt.entries)) : tr("The audit log held no text of it"));
  if (!receipt.warning.empty()) tellError({ErrorCode::io, "redact", "audit log", "no trace left", receipt.warning}, tr("Redacted, but not everywhere yet"));
}

void ChatWidget::send() {
  if (chat_.busy() || composer_->empty()) return;
  error_->dismiss();
  if (unsaved_->isHidden()) showNotSaved();  // it was put away
  // "/name ..." calls a plugin's tool; its result becomes the answer.
  if (const QString typed = composer_->text().trimmed(); typed.startsWith(QLatin1Char('/'))) {
    PluginService& plugins = pluginService(context_);
    const auto tool = plugins.parseInput(typed);
    if (!tool.ok()) {
      tellError(tool.error(), plugins.busy() ? tr("Plugins are still being started") : tr("The tool was not called"));
      return;
    }
    if (tool->call) {
      composer_->setText({});
      chat_.callTool(typed, *tool->call);
      return;
    }
  }
  auto [text, files] = composer_->take();
  if (text.startsWith(QLatin1String("//"))) text.remove(0, 1);
  if (!chat_.send(text, std::move(files))) composer_->setText(text);
  messages_->scrollToEnd();
}

// One after another, each until it is put away.
void ChatWidget::showNotice() {
  const QList<Error>& all = library_.notices();
  if (all.isEmpty()) return;
  ErrorText text = errorText(all.first());
  const QString known = noticeTitle(all.first());
  const QString title = known.isEmpty() ? text.line() : known;
  notice_->showMessage(known.isEmpty() ? widgets::ErrorBar::Severity::Error : widgets::ErrorBar::Severity::Warning,
                       all.size() == 1 ? title : tr("%1 (%n more message(s) after this)", nullptr, int(all.size()) - 1).arg(title), text.details);
}

void ChatWidget::showNotSaved() {
  const auto& state = library_.notSavedYet();
  if (!state) return;
  ErrorText text = errorText(state->reason);
  text.title = tr("Not saved since %1; it is tried again every few seconds").arg(sinceText(state->since));
  if (state->reason.code == ErrorCode::conflict) text.advice.clear();  // waiting is done here
  unsaved_->showError(text.line(), text.details);
}

bool ChatWidget::mayClose(const std::function<void()>& close) { return closing_->mayClose(close); }

void ChatWidget::showSavedAgain() {
  unsaved_->dismiss();
  list_->showNotice(tr("Everything is saved again"));
}

bool ChatWidget::event(QEvent* event) {
  if (event->type() == QEvent::WindowActivate || event->type() == QEvent::WindowDeactivate || event->type() == QEvent::Show) {
    library_.watch(isActiveWindow());
  }
  return QWidget::event(event);
}

bool ChatWidget::eventFilter(QObject* watched, QEvent* event) {
  // Escape gives up a title being written.
  if (watched == title_ && widgets::claimsEscape(event)) return true;
  if (watched == title_ && event->type() == QEvent::KeyPress && static_cast<QKeyEvent*>(event)->key() == Qt::Key_Escape) {
    title_->setModified(false);
    showConversation();
    composer_->editor()->setFocus(Qt::OtherFocusReason);
    return true;
  }
  return QWidget::eventFilter(watched, event);
}

void ChatWidget::tellError(const Error& error, const QString& title) {
  told_ = title;
  showError(error_, error, title);
}

// What is told by this title has been put right.
void ChatWidget::takeBack(const QString& title) {
  if (told_ != title) return;
  told_.clear();
  error_->dismiss();
}

void ChatWidget::exportConversation(const QString& id) {
  auto ask = [this](const Conversation& conversation) {
    askSavePath(this, tr("Export the conversation"), fileNameFor(conversation.title),
                {tr("Markdown, the branch on show (*.md)"), tr("JSON, all branches (*.json)")}, [this, conversation](const QString& path) {
      services_.exportConversation(path, !path.endsWith(QLatin1String(".json"), Qt::CaseInsensitive), conversation, this, [this, path](const Status& written) {
        if (!written.ok()) return tellError(written.error(), notExported());
        takeBack(notExported());
        const QString done = tr("Exported: %1").arg(QDir::toNativeSeparators(path));
        if (error_->isHidden() || error_->severity() == widgets::ErrorBar::Severity::Success) {
          told_.clear();
          error_->showMessage(widgets::ErrorBar::Severity::Success, done);
        } else {
          list_->showNotice(done);
        }
      });
    });
  };
  if (id == chat_.current().id) {
    ask(chat_.current());
    return;
  }
  library_.load(id, this, [this, ask](Result<Conversation> loaded) {
    if (!loaded.ok()) return tellError(loaded.error(), notRead());
    takeBack(notRead());
    ask(*loaded);
  });
}

void ChatWidget::importConversation() {
  auto* dialog = new QFileDialog(this, tr("Import a conversation"));
  dialog->setAttribute(Qt::WA_DeleteOnClose);
  dialog->setObjectName(QStringLiteral("importDialog"));
  dialog->setFileMode(QFileDialog::ExistingFile);
  dialog->setNameFilters({tr("Conversations (*.json *.md)"), tr("All files (*)")});
  connect(dialog, &QFileDialog::fileSelected, this, &ChatWidget::readImport);
  dialog->open();
}

void ChatWidget::readImport(const QString& path) {
  runInBackground(&chat_, [path]() -> Result<Conversation> {
    RH_ASSIGN(const QByteArray bytes, readFile(path));
    const QString name = QFileInfo(path).fileName();
    if (bytes.trimmed().startsWith('{')) return conversationFromJson(bytes, name);
    return conversationFromMarkdown(bytes, name);
  }, [&chat = chat_, window = QPointer<ChatWidget>(this)](Result<Conversation> read) {
    if (window && read.ok()) window->takeBack(notImported());
    if (read.ok()) chat.import(std::move(read).value());
    else if (window) window->tellError(read.error(), notImported());
  });
}

void ChatWidget::dragEnterEvent(QDragEnterEvent* event) {
  if (!droppedFiles(event->mimeData()).isEmpty()) event->acceptProposedAction();
}

void ChatWidget::dropEvent(QDropEvent* event) {
  const QStringList paths = droppedFiles(event->mimeData());
  if (paths.isEmpty()) return;
  event->acceptProposedAction();
  composer_->attach(paths);
}

}  // namespace roundhouse::app
