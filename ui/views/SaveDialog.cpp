// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/SaveDialog.h"

#include "ui/settings/Theme.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QMessageBox>
#include <QPixmap>
#include <QPointer>
#include <QSaveFile>

namespace farthing {

namespace {

constexpr int pictureScale = 2;

QString &lastFolder()
{
    static QString folder = QDir::homePath();
    return folder;
}

} // namespace

void askForFile(QWidget *parent, const QString &title, const QString &suggestedName,
                std::function<void(const QString &path)> use)
{
    auto *const dialog = new QFileDialog(parent, title, lastFolder());
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setAcceptMode(QFileDialog::AcceptSave);
    dialog->setDefaultSuffix(QFileInfo(suggestedName).suffix());
    dialog->selectFile(suggestedName);
    QObject::connect(dialog, &QFileDialog::fileSelected, parent, [use = std::move(use)](const QString &path) {
        lastFolder() = QFileInfo(path).absolutePath();
        use(path);
    });
    dialog->open();
}

void saveText(QWidget *parent, const QString &title, const QString &suggestedName, const QByteArray &content)
{
    askForFile(parent, title, suggestedName, [parent, title, content](const QString &path) {
        QSaveFile file(path);
        if (file.open(QIODevice::WriteOnly) && file.write(content) == content.size() && file.commit())
            return;
        auto *const box =
            new QMessageBox(QMessageBox::Warning, title,
                            QCoreApplication::translate("SaveDialog", "%1 cannot be written: %2")
                                .arg(QDir::toNativeSeparators(path), file.errorString()),
                            QMessageBox::Close, parent);
        box->setAttribute(Qt::WA_DeleteOnClose);
        box->open();
    });
}

void savePicture(QWidget *parent, const QString &title, const QString &suggestedName, QWidget *shown)
{
    QPixmap picture(shown->size() * pictureScale);
    picture.setDevicePixelRatio(pictureScale);
    picture.fill(Theme::current().colours().window);
    shown->render(&picture);
    QByteArray png;
    QBuffer buffer(&png);
    buffer.open(QIODevice::WriteOnly);
    picture.save(&buffer, "PNG");
    saveText(parent, title, suggestedName, png);
}

} // namespace farthing
