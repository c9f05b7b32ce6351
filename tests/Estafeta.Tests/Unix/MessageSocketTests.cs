using Estafeta.Unix.Polling;
using Estafeta.Unix.Sockets;
using Microsoft.Win32.SafeHandles;

namespace Estafeta.Tests.Unix;

/// <summary>Runs when nothing else does: what another test starts keeps an end open that was closed here, until it runs its program.</summary>
[Collection(RunsAlone.Name)]
public sealed class MessageSocketTests
{
    [Fact]
    public void Send_CarriesOctetsAndDescriptors()
    {
        var (ours, theirs) = SocketPair.CreateMessage();
        using (ours)
        using (theirs)
        {
            using var null1 = File.OpenHandle("/dev/null");
            var descriptor = (int)null1.DangerousGetHandle();
            Assert.True(ours.Send("first"u8, [descriptor, descriptor, descriptor]));
            Assert.True(ours.Send("second"u8, []));

            var octets = new byte[100];
            var descriptors = new List<int>();
            Assert.Equal(5, theirs.Receive(octets, descriptors));
            Assert.Equal(3, descriptors.Count);
            descriptors.ForEach(d => new SafeFileHandle(d, ownsHandle: true).Dispose());
            descriptors.Clear();
            Assert.Equal(6, theirs.Receive(octets, descriptors));
            Assert.Equal("second"u8, octets.AsSpan(0, 6));
            Assert.Empty(descriptors);
        }
    }

    [Fact]
    public void Receive_AfterTheOtherEndClosed_IsZero_AndSendIsFalse()
    {
        var (ours, theirs) = SocketPair.CreateMessage();
        theirs.Dispose();
        using (ours)
        {
            Assert.False(ours.Send("x"u8, []));
            Assert.Equal(0, ours.Receive(new byte[10], []));
        }
    }

    [Fact]
    public void Receive_AfterTheOtherEndDiedWithoutReading_IsZero()
    {
        var (ours, theirs) = SocketPair.CreateMessage();
        using (ours)
        {
            Assert.True(ours.Send("unread"u8, []));
            theirs.Dispose();
            Assert.Equal(0, ours.Receive(new byte[10], []));
        }
    }

    [Fact]
    public void Poller_SeesTheWakeUpOnce()
    {
        using var wake = new WakeUp();
        Span<PollEntry> entries = [PollEntry.Readable(wake.Descriptor)];
        Assert.Equal(0, Poller.Wait(entries, TimeSpan.Zero));
        wake.Set();
        Assert.Equal(1, Poller.Wait(entries, null));
        Assert.True(entries[0].IsReady);
        wake.Reset();
        Assert.Equal(0, Poller.Wait(entries, TimeSpan.Zero));
    }

    [Fact]
    public void PeerCredentials_TellOurOwnProcess()
    {
        var (ours, theirs) = SocketPair.CreateStream();
        using (ours)
        using (theirs)
        {
            Assert.Equal(Environment.ProcessId, PeerCredentials.Of(ours).Pid);
        }
    }
}
