// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/views/SaveDialog.h"

#include "ui/bridge/Background.h"
#include "ui/settings/Theme.h"

#include <QBuffer>
#include <QCoreApplication>
#include <QDir>
#include <QFileDialog>
#include <QFileInfo>
#include <QImage>
#include <QMessageBox>
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

void saveFile(QWidget *parent, const QString &title, const QString &suggestedName,
              std::function<QByteArray()> content)
{
    askForFile(
        parent, title, suggestedName, [parent, title, content = std::move(content)](const QString &path) {
            const auto write = [path, content] {
                const QByteArray bytes = content();
                QSaveFile file(path);
                const bool written =
                    file.open(QIODevice::WriteOnly) && file.write(bytes) == bytes.size() && file.commit();
                return written ? QString() : file.errorString();
            };
            inBackground(parent, write, [parent, title, path](const QString &error) {
                if (error.isEmpty())
                    return;
                auto *const box =
                    new QMessageBox(QMessageBox::Warning, title,
                                    QCoreApplication::translate("SaveDialog", "%1 cannot be written: %2")
                                        .arg(QDir::toNativeSeparators(path), error),
                                    QMessageBox::Close, parent);
                box->setAttribute(Qt::WA_DeleteOnClose);
                box->open();
            });
        });
}

void savePicture(QWidget *parent, const QString &title, const QString &suggestedName, QWidget *shown)
{
    QImage picture(shown->size() * pictureScale, QImage::Format_ARGB32_Premultiplied);
    picture.setDevicePixelRatio(pictureScale);
    picture.fill(Theme::current().colours().window);
    shown->render(&picture);
    saveFile(parent, title, suggestedName, [picture] {
        QByteArray png;
        QBuffer buffer(&png);
        buffer.open(QIODevice::WriteOnly);
        picture.save(&buffer, "PNG");
        return png;
    });
}

} // namespace farthing
