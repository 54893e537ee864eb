// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "ui/models/Snippets.h"
#include "ui/pages/Page.h"

class QLineEdit;
class QListWidget;

namespace farthing {

class Card;
class FirstCallCard;
class SnippetView;

/// How applications are pointed at the proxy, and whether the first one has been.
class ConnectPage final : public Page
{
    Q_OBJECT

public:
    explicit ConnectPage(const PageContext &context, QWidget *parent = nullptr);

    void setActive(bool active) override;
    [[nodiscard]] QWidget *firstFocus() override;
    [[nodiscard]] bool isFiltered() const override { return false; }

private:
    Card *makeSnippets();
    Card *makeAddresses();
    void refreshSnippets();

    PageContext m_context;
    QList<Snippet> m_snippets;
    QListWidget *m_clients = nullptr;
    QLineEdit *m_workflow = nullptr;
    QLineEdit *m_feature = nullptr;
    QLineEdit *m_user = nullptr;
    SnippetView *m_view = nullptr;
    QList<QPair<QString, QLineEdit *>> m_addresses; ///< what follows the base URL, and where it is shown
    FirstCallCard *m_first;
};

} // namespace farthing
