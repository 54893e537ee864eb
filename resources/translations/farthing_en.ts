<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="en" sourcelanguage="en">
<context>
    <name>ProxyHealth</name>
    <message numerus="yes">
        <source>%1 calls passed without a record: %2</source>
        <translation>
            <numerusform>%1 call passed without a record: %2</numerusform>
            <numerusform>%1 calls passed without a record: %2</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%1 records of the journal could not be read and were set aside</source>
        <translation>
            <numerusform>%1 record of the journal could not be read and was set aside</numerusform>
            <numerusform>%1 records of the journal could not be read and were set aside</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>farthing::MainWindow</name>
    <message numerus="yes">
        <source>Exporting: %1 of %2 events</source>
        <translation>
            <numerusform>Exporting: %1 of %2 event</numerusform>
            <numerusform>Exporting: %1 of %2 events</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Exported %1 events to %2</source>
        <translation>
            <numerusform>Exported %1 event to %2</numerusform>
            <numerusform>Exported %1 events to %2</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>farthing::SampleDayCard</name>
    <message numerus="yes">
        <source>%1 calls were sent through the proxy.</source>
        <translation>
            <numerusform>%1 call was sent through the proxy.</numerusform>
            <numerusform>%1 calls were sent through the proxy.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>Cancelled after %1 calls.</source>
        <translation>
            <numerusform>Cancelled after %1 call.</numerusform>
            <numerusform>Cancelled after %1 calls.</numerusform>
        </translation>
    </message>
</context>
<context>
    <name>farthing::StatusStrip</name>
    <message numerus="yes">
        <source>%1 events</source>
        <translation>
            <numerusform>%1 event</numerusform>
            <numerusform>%1 events</numerusform>
        </translation>
    </message>
</context>
</TS>
