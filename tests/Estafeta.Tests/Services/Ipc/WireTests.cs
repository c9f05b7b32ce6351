using Estafeta.Services.Ipc;

namespace Estafeta.Tests.Services.Ipc;

public class WireTests
{
    [Fact]
    public void Reader_ReadsWhatTheWriterWrote()
    {
        using var writer = new WireWriter();
        WriteSample(writer);
        var reader = new WireReader(writer.Written);
        Assert.Equal(7, reader.ReadByte());
        Assert.True(reader.ReadBoolean());
        Assert.Equal(0, reader.ReadInt64());
        Assert.Equal(long.MaxValue, reader.ReadInt64());
        Assert.Equal(-1, reader.ReadInt64());
        Assert.Equal("año 😀", reader.ReadString());
        Assert.Null(reader.ReadOptionalString());
        Assert.Equal("", reader.ReadOptionalString());
        Assert.Equal(new byte[] { 1, 2, 3 }, reader.ReadBytes().ToArray());
        Assert.True(reader.IsAtEnd);
    }

    [Fact]
    public void Reader_EveryPrefix_IsRefused()
    {
        using var writer = new WireWriter();
        WriteSample(writer);
        var whole = writer.Written.ToArray();
        for (var length = 0; length < whole.Length; length++)
        {
            var prefix = whole.AsMemory(0, length);
            Assert.Throws<IpcProtocolException>(() =>
            {
                var reader = new WireReader(prefix);
                reader.ReadByte();
                reader.ReadBoolean();
                reader.ReadInt64();
                reader.ReadInt64();
                reader.ReadInt64();
                reader.ReadString();
                reader.ReadOptionalString();
                reader.ReadOptionalString();
                reader.ReadBytes();
            });
        }
    }

    [Fact]
    public void ReadBytes_LengthBeyondFrame_IsRefused()
    {
        using var writer = new WireWriter();
        writer.Write(long.MaxValue);
        var payload = writer.Written.ToArray();
        Assert.Throws<IpcProtocolException>(() => new WireReader(payload).ReadBytes());
    }

    private static void WriteSample(WireWriter writer)
    {
        writer.Write((byte)7);
        writer.Write(true);
        writer.Write(0L);
        writer.Write(long.MaxValue);
        writer.Write(-1L);
        writer.Write("año 😀");
        writer.WriteOptional(null);
        writer.WriteOptional("");
        writer.Write([1, 2, 3]);
    }
}
