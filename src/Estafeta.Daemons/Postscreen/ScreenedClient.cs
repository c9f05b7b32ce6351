using System.Net;
using System.Net.Sockets;
using Estafeta.Daemons.Postscreen.Cache;
using Estafeta.Services.SmtpServer;

namespace Estafeta.Daemons.Postscreen;

/// <summary>A client, what is known of it, and what has become of its tests so far.</summary>
internal sealed class ScreenedClient(Socket socket, ConnectionEnds ends, PostscreenSettings settings)
{
    private bool _hasNewResults;

    public Socket Socket => socket;

    public ConnectionEnds Ends => ends;

    public PostscreenSettings Settings => settings;

    public IPAddress Address { get; } = ConnectionEnds.Plain(ends.Client.Address);

    /// <summary><c>[address]:port</c>: how every log line names the client.</summary>
    public string Name { get; } = NameOf(ends.Client);

    /// <summary>Of the cache, and what was added since.</summary>
    public TestResults Results { get; private set; }

    /// <summary>Tests to be done.</summary>
    public ScreeningTests Outstanding { get; private set; }

    /// <summary>There is an enabled test that the client never passed before.</summary>
    public bool IsNew { get; set; }

    /// <summary>A test failed whose action is not <c>ignore</c>: no recipient of this session is accepted, and nothing is remembered.</summary>
    public bool HasFailed { get; private set; }

    /// <summary>An early test failed, which was only logged: the client goes on, but has not passed.</summary>
    public bool HasExcusedFailure { get; private set; }

    /// <summary>It spoke before it was greeted, and is not greeted any more.</summary>
    public bool HasSpokenFirst { get; set; }

    /// <summary>It came to an address where nobody becomes known (postscreen_allowlist_interfaces).</summary>
    public bool IsVetoed { get; set; }

    /// <summary>What recipients are refused with: what the last failed test says.</summary>
    public string RecipientReply { get; private set; } = "450 4.3.2 Service currently unavailable";

    /// <summary>DNS lists may take longer than the client waits.</summary>
    public Task AllListsAnswered { get; set; } = Task.CompletedTask;

    /// <summary>A server may have the client.</summary>
    public bool IsAdmitted => !HasFailed && !IsVetoed && Outstanding == ScreeningTests.None;

    /// <summary>Every enabled test counts as passed.</summary>
    public bool HasPassed => IsAdmitted && !HasExcusedFailure;

    public static string NameOf(IPEndPoint end) => $"[{ConnectionEnds.Plain(end.Address)}]:{end.Port}";

    /// <summary>The cache has the client.</summary>
    public bool IsRemembered { get; private set; }

    /// <summary>Begins with what the cache has.</summary>
    public void Recall(TestResults? cached, long now)
    {
        IsRemembered = cached != null;
        Results = cached ?? default;
        IsNew = Results.IsNew(settings.Enabled);
        Outstanding = Results.Outstanding(settings.Enabled, now);
    }

    public bool Must(ScreeningTest test) => Outstanding.Has(test);

    /// <param name="test">Passed, whatever it was before.</param>
    /// <param name="expires">Second since 1970.</param>
    public void Pass(ScreeningTest test, long expires)
    {
        var results = Results;
        results[test] = expires;
        Results = results;
        Outstanding &= ~test.AsSet();
        _hasNewResults = true;
    }

    /// <summary>The test failed, and recipients are refused for it.</summary>
    public void Fail(ScreeningTest test, string recipientReply)
    {
        Outstanding &= ~test.AsSet();
        Refuse(recipientReply);
    }

    public void Refuse(string recipientReply)
    {
        HasFailed = true;
        RecipientReply = recipientReply;
    }

    /// <summary>The test failed and nothing comes of it; the next session does it again.</summary>
    public void Excuse(ScreeningTest test)
    {
        Outstanding &= ~test.AsSet();
        HasExcusedFailure = true;
    }

    /// <summary>True once for results that are to be remembered: of a client that failed nowhere.</summary>
    public bool TakeNewResults()
    {
        var isWorthIt = _hasNewResults && !HasFailed && !IsVetoed;
        _hasNewResults = false;
        return isWorthIt;
    }

    /// <summary>A client that will not be admitted goes through all tests of the protocol, so that the log tells.</summary>
    public void ScreenAll()
    {
        if (HasFailed || IsVetoed)
        {
            Outstanding |= ScreeningTests.Deep;
        }
    }
}
