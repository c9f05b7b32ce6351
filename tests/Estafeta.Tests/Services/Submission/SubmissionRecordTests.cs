using System.Text;
using Estafeta.Services.Submission;

namespace Estafeta.Tests.Services.Submission;

public sealed class SubmissionRecordTests
{
    private static readonly byte[] Message = Encoding.UTF8.GetBytes("A13:encoding=8bit\nF3:A B\nS5:me@me\nN1:8\nR3:a@b\nC4:x\ny\n\nC0:\nR1:q\nE0:\n");

    [Fact]
    public async Task Records_WrittenAndRead_AreTheSame()
    {
        var writer = new SubmissionWriter();
        writer.WriteAttribute(SubmissionAttribute.Encoding, "8bit");
        writer.Write(SubmissionRecord.Sender, "ü@x");
        writer.WriteContent(new byte[200_000]);
        writer.Write(SubmissionRecord.End, []);
        var records = await ReadAllAsync(writer.Written.ToArray());
        Assert.Equal([(byte)'A', (byte)'S', (byte)'C', (byte)'C', (byte)'C', (byte)'C', (byte)'E'], records.Select(r => r.Type));
        Assert.Equal("ü@x", Encoding.UTF8.GetString(records[1].Octets));
        Assert.Equal(200_000, records.Where(r => r.Type == 'C').Sum(r => r.Octets.Length));
    }

    [Fact]
    public async Task Records_ReadInAnyPieces_AreTheSame()
    {
        var whole = await ReadAllAsync(Message);
        Assert.True(IsAccepted(whole));
        for (var size = 1; size < 20; size++)
        {
            var pieces = await ReadAllAsync(Message, size);
            Assert.Equal(whole.Select(r => Encoding.UTF8.GetString(r.Octets)), pieces.Select(r => Encoding.UTF8.GetString(r.Octets)));
        }
    }

    [Fact]
    public async Task EveryPrefix_IsRefused()
    {
        var message = Message;
        for (var length = 0; length < message.Length; length++)
        {
            var prefix = message[..length];
            bool accepted;
            try
            {
                accepted = IsAccepted(await ReadAllAsync(prefix));
            }
            catch (InvalidDataException)
            {
                accepted = false;
            }

            Assert.False(accepted, $"prefix of {length} octets");
        }
    }

    [Theory]
    [InlineData("S1:a\nR3:a\nb\nC1:x\nE0:\n")]
    [InlineData("S3:a\rb\nR1:a\nC1:x\nE0:\n")]
    [InlineData("R1:a\nS1:a\nC1:x\nE0:\n")]
    [InlineData("S1:a\nS1:a\nC1:x\nE0:\n")]
    [InlineData("S1:a\nR1:a\nC1:x\nA13:encoding=8bit\nE0:\n")]
    [InlineData("A9:probe=yes\nS1:a\nR1:a\nC1:x\nE0:\n")] // who submits may not have addresses probed
    [InlineData("A13:nonsense=yes\nS1:a\nR1:a\nC1:x\nE0:\n")]
    [InlineData("T1:5\nS1:a\nR1:a\nC1:x\nE0:\n")]
    [InlineData("S1:a\nR1:a\nC1:x\nE1:x\n")]
    [InlineData("S1:a\nR1:a\nC1:x\nR1:b\nC1:y\nE0:\n")]
    [InlineData("S99999999999:a\nE0:\n")]
    [InlineData("S:a\nE0:\n")]
    [InlineData("S-1:a\nE0:\n")]
    [InlineData("x1:a\nE0:\n")]
    public async Task WrongInput_IsRefused(string text)
    {
        try
        {
            Assert.False(IsAccepted(await ReadAllAsync(Encoding.UTF8.GetBytes(text))));
        }
        catch (InvalidDataException)
        {
            // Refused by the reader already.
        }
    }

    private static bool IsAccepted(List<(byte Type, byte[] Octets)> records)
    {
        var grammar = new SubmissionGrammar();
        return records.TrueForAll(r => grammar.Accept(r.Type, r.Octets)) && grammar.IsComplete;
    }

    private static async Task<List<(byte Type, byte[] Octets)>> ReadAllAsync(byte[] input, int pieceSize = int.MaxValue)
    {
        var reader = new SubmissionReader(new PieceStream(input, pieceSize));
        var records = new List<(byte, byte[])>();
        while (await reader.ReadAsync(TestContext.Current.CancellationToken) is { Type: not 0 } record)
        {
            records.Add((record.Type, record.Octets.ToArray()));
        }

        return records;
    }

    private sealed class PieceStream(byte[] input, int pieceSize) : MemoryStream(input)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, pieceSize)], cancellationToken);
    }
}
