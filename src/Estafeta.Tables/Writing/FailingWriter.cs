namespace Estafeta.Tables.Writing;

/// <summary><c>postmap fail:x</c>.</summary>
internal sealed class FailingWriter(string source) : TableWriter
{
    public override string LogName => "fail:" + source;

    public override bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => throw new IOException("Application error");

    public override bool Delete(ReadOnlySpan<byte> key) => throw new IOException("Application error");

    public override void Commit()
    {
    }
}
