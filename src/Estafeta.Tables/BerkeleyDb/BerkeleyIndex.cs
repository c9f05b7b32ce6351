namespace Estafeta.Tables.BerkeleyDb;

/// <summary>One of the two access methods Postfix uses.</summary>
internal abstract class BerkeleyIndex(BerkeleyPages pages)
{
    protected BerkeleyPages Pages => pages;

    /// <summary>The value, or null.</summary>
    public abstract byte[]? Find(ReadOnlySpan<byte> key);

    public abstract IEnumerable<KeyValuePair<byte[], byte[]>> ReadAll();
}
