using System.Text;
using Estafeta.Services.Attributes;

namespace Estafeta.Tests.Services.Attributes;

public sealed class AttributeReaderTests
{
    private static readonly byte[] Two = Encoding.UTF8.GetBytes("request\0send\0site\0\u00e9x\0\0status\0" + "0\0\0");

    [Fact]
    public async Task ReadList_SplitAnywhere_ReadsTheSame()
    {
        for (var split = 0; split <= Two.Length; split++)
        {
            var reader = new AttributeReader(new Pieces(Two[..split], Two[split..]));
            var first = await reader.ReadListAsync(CancellationToken.None);
            Assert.Equal("send é", $"{first!["request"]} {first["site"][..1]}");
            Assert.Equal("0", (await reader.ReadListAsync(CancellationToken.None))!["status"]);
            Assert.Null(await reader.ReadListAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task ReadList_Prefix_IsRefusedOrTheEnd()
    {
        var first = Array.IndexOf(Two, (byte)0, Encoding.UTF8.GetByteCount("request\0send\0site\0éx\0")) + 1;
        for (var length = 1; length < first; length++)
        {
            var reader = new AttributeReader(new MemoryStream(Two, 0, length));
            await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadListAsync(CancellationToken.None));
        }
    }

    [Fact]
    public async Task ReadList_Endless_IsRefused()
    {
        var reader = new AttributeReader(new MemoryStream(Encoding.ASCII.GetBytes(new string('x', 2_000_000))));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await reader.ReadListAsync(CancellationToken.None));
        var many = new AttributeReader(new MemoryStream(Encoding.ASCII.GetBytes(string.Concat(Enumerable.Range(0, 200).Select(i => $"n{i}\0v\0")))));
        await Assert.ThrowsAsync<InvalidDataException>(async () => await many.ReadListAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Writer_WhatItWritesIsRead()
    {
        var writer = new AttributeWriter();
        writer.Write("a", "b\0c");
        writer.Write("n", 42);
        writer.End();
        var list = await new AttributeReader(new MemoryStream(writer.Written.ToArray())).ReadListAsync(CancellationToken.None);
        Assert.Equal(("b?c", "42"), (list!["a"], list["n"]));
    }

    /// <summary>Gives its pieces one read at a time.</summary>
    private sealed class Pieces(params byte[][] pieces) : MemoryStream
    {
        private readonly Queue<byte[]> _pieces = new(pieces.Where(p => p.Length > 0));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            if (!_pieces.TryDequeue(out var piece))
            {
                return ValueTask.FromResult(0);
            }

            piece.CopyTo(buffer);
            return ValueTask.FromResult(piece.Length);
        }
    }
}
