using System.Text;
using Estafeta.Configuration;
using Estafeta.Daemons.Pickup;
using Estafeta.Mail.Dsn;
using Estafeta.Mail.Envelopes;
using Estafeta.Queue.Storage;
using Estafeta.Tests.Daemons.Cleanup;

namespace Estafeta.Tests.Daemons.Pickup;

public sealed class PickupTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("pickup").FullName;
    private readonly CleanupBench _bench = new();

    public ValueTask InitializeAsync() => default;

    public ValueTask DisposeAsync()
    {
        Directory.Delete(_directory, true);
        return _bench.DisposeAsync();
    }

    [Fact]
    public async Task CompleteFile_BecomesAMessage_AndGoes()
    {
        var path = Drop("T16:1700000000000000\nF5:Me Me\nS2:me\nN1:2\nR1:a\nC15:Subject: x\n\nhi\n\nR1:b\nE0:\n");
        await ScanAsync();
        Assert.False(File.Exists(path));
        var envelope = _bench.LastMessage().Envelope;
        Assert.Equal("me@mx.oracle.test", envelope.Sender);
        Assert.Equal(["a@mx.oracle.test", "b@mx.oracle.test"], envelope.Recipients.Select(r => r.Address));
        Assert.Equal([DsnNotify.Failure, DsnNotify.Failure], envelope.Recipients.Select(r => r.Notify));
        Assert.Equal(1700000000, envelope.ArrivalTime.ToUnixTimeSeconds());
        var content = Encoding.UTF8.GetString(_bench.LastContent());
        Assert.StartsWith($"Received: by mx.oracle.test (Postfix, from userid {Environment.GetEnvironmentVariable("UID") ?? "0"})\n\tid {_bench.LastMessage().Id}; ", content);
        Assert.Contains("\nFrom: Me Me <me@mx.oracle.test>\n\nhi\n", content);
        Assert.Contains($"{_bench.LastMessage().Id}: uid=0 from=<me>", _bench.Log.Lines);
    }

    [Fact]
    public async Task IncompleteFile_Stays()
    {
        var path = Drop("S2:me\nR1:a\nC2:x\n\nE0:\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await ScanAsync();
        Assert.True(File.Exists(path));
        Assert.Empty(_bench.Queue.Accepted);
    }

    [Theory]
    [InlineData("S2:me\nR1:a\nC2:x\n\n")]
    [InlineData("garbage")]
    [InlineData("")]
    [InlineData("S2:me\nR1:a\nC2:x\n\nS2:me\nE0:\n")]
    public async Task MalformedFile_Goes_WithoutAMessage(string text)
    {
        var path = Drop(text);
        await ScanAsync();
        Assert.False(File.Exists(path));
        Assert.Empty(_bench.Queue.Accepted);
        Assert.Contains(_bench.Log.Lines, l => l.StartsWith("warning: ", StringComparison.Ordinal) && l.Contains("removed", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FileOthersMayWrite_Goes_WithoutAMessage()
    {
        var path = Drop("S2:me\nR1:a\nC2:x\n\nE0:\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute | UnixFileMode.OtherWrite);
        await ScanAsync();
        Assert.False(File.Exists(path));
        Assert.Empty(_bench.Queue.Accepted);
    }

    [Fact]
    public async Task SymbolicLink_IsNotFollowed()
    {
        var target = Drop("S2:me\nR1:a\nC2:x\n\nE0:\n", UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.SetUnixFileMode(target, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var elsewhere = Directory.CreateTempSubdirectory("target");
        File.Move(target, Path.Combine(elsewhere.FullName, "x"));
        File.CreateSymbolicLink(target, Path.Combine(elsewhere.FullName, "x"));
        await ScanAsync();
        Assert.Empty(_bench.Queue.Accepted);
        elsewhere.Delete(true);
    }

    [Fact]
    public async Task FullQueue_KeepsTheFile()
    {
        var path = Drop("S2:me\nR1:a\nC2:x\n\nE0:\n");
        _bench.Store.Health = StoreHealth.Full;
        await ScanAsync();
        Assert.True(File.Exists(path));
        _bench.Store.Health = StoreHealth.Ok;
        await ScanAsync();
        Assert.False(File.Exists(path));
        Assert.Single(_bench.Queue.Accepted);
    }

    [Fact]
    public async Task Attributes_ReachTheEnvelope()
    {
        Drop("A13:encoding=8bit\nA16:envelope_id=e i d\nA11:return=hdrs\nA12:trace=verify\nA7:verp=+=\nA22:rewrite_context=remote\nS3:m@m\nR3:a@b\nC2:\nx\nE0:\n".Replace("envelope_id=e i d", "envelope_id=eid1"));
        await ScanAsync();
        var envelope = _bench.LastMessage().Envelope;
        Assert.True(envelope.Is8Bit);
        Assert.Equal("eid1", envelope.DsnEnvelopeId);
        Assert.Equal(DsnReturn.Headers, envelope.DsnReturn);
        Assert.Equal(TraceRequest.VerifyOnly, envelope.Trace);
        Assert.Equal("+=", envelope.Verp);
        Assert.False(envelope.Client.IsLocal);
    }

    private string Drop(string text, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)
    {
        var path = Path.Combine(_directory, "ABCDE" + Directory.GetFiles(_directory).Length);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, mode);
        return path;
    }

    private Task ScanAsync()
    {
        var settings = PickupSettings.Load(ParameterSet.Parse(CleanupBench.Common)) with { Directory = _directory };
        return new PickupService(settings, _bench.Service, _bench.Log, TimeProvider.System).ScanAsync(TestContext.Current.CancellationToken);
    }
}
