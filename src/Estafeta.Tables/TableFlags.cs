namespace Estafeta.Tables;

/// <summary>How a table is opened. The same <c>type:name</c> with other flags is another table.</summary>
[Flags]
public enum TableFlags
{
    None = 0,

    /// <summary>Fold keys (stored and asked) to lower case in tables with fixed keys. Everything but header and body checks asks for it.</summary>
    FoldKeys = 1,

    /// <summary>Keys and values must be valid UTF-8 (<c>smtputf8_enable</c>); folding is Unicode's.</summary>
    Utf8 = 2,

    /// <summary>Refuse <c>$number</c> in pattern tables: the key comes from outside and the result is trusted (aliases, virtual(8)).</summary>
    NoSubstitution = 4,

    /// <summary>Refuse <c>proxy:</c> and tables whose answer anyone could forge (<c>tcp:</c>): the result becomes a command or a file name.</summary>
    NoUntrusted = 8,

    /// <summary>The value in the source is a list of files; the table answers with their base64 content (<c>postmap -F</c>, SNI).</summary>
    ValueIsFile = 16,

    /// <summary>Open for update: caches of verify and postscreen, proxywrite.</summary>
    Write = 32,

    /// <summary>Never look whether the source changed: one-shot commands.</summary>
    Snapshot = 64,
}
