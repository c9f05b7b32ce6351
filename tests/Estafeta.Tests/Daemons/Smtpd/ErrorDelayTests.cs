using System.Collections.Concurrent;
using Estafeta.Services.Verification;

namespace Estafeta.Tests.Daemons.Smtpd;

/// <summary>smtpd_soft_error_limit and smtpd_error_sleep_time, address_verify_poll_*; and what a server at its process limit does (stress).</summary>
public class ErrorDelayTests
{
    private static readonly TimeSpan SleepTime = TimeSpan.FromSeconds(7);

    [Fact]
    public async Task AfterTheSoftLimit_EveryReplyIsDelayed()
    {
        var time = new HurriedTime();
        await using var server = new SmtpdFixture("smtpd_soft_error_limit = 2\nsmtpd_error_sleep_time = 7s", time);
        await server.ConverseAsync("FOO", "FOO");
        Assert.Equal(0, time.Delays.Count(d => d == SleepTime));
        await server.ConverseAsync("FOO", "FOO", "NOOP", "FOO", "QUIT");
        Assert.Equal(3, time.Delays.Count(d => d == SleepTime));
    }

    [Fact]
    public async Task Sleep_AsARestriction_Waits()
    {
        var time = new HurriedTime();
        await using var server = new SmtpdFixture("smtpd_recipient_restrictions = sleep 7, reject", time);
        Assert.Contains("\n554 5.7.1 ", await server.ConverseAsync("HELO x", "MAIL FROM:<>", "RCPT TO:<x@relay.example>"), StringComparison.Ordinal);
        Assert.Equal(1, time.Delays.Count(d => d == SleepTime));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public async Task AddressVerification_IsAskedAgain_AsOftenAndAsLateAsTheParametersSay(int polls)
    {
        var time = new HurriedTime();
        var verifier = new SlowVerifier();
        await using var server = new SmtpdFixture(
            $"smtpd_recipient_restrictions = reject_unverified_recipient\naddress_verify_poll_count = {polls}\naddress_verify_poll_delay = 7s",
            time,
            partners: p => p with { Verifier = verifier });
        Assert.Contains("\n450 4.1.1 <x@relay.example>: Recipient address rejected: unverified address: Address verification in progress\n", await server.ConverseAsync("HELO x", "MAIL FROM:<>", "RCPT TO:<x@relay.example>"), StringComparison.Ordinal);
        Assert.Equal(polls, verifier.Asked);
        Assert.Equal(polls - 1, time.Delays.Count(d => d == SleepTime));
    }

    [Fact]
    public async Task ServerAtItsLimit_IsStrict()
    {
        var busy = new TaskCompletionSource();
        await using var server = new SmtpdFixture(adjust: c => c with { ProcessLimit = 1, ReportBusy = () => busy.TrySetResult() });
        using var first = await server.ConnectAsync();
        await busy.Task;
        using var second = await server.ConnectAsync(readGreeting: false);
        await first.CommandAsync("QUIT");
        Assert.StartsWith("220 ", await second.ReadReplyAsync(), StringComparison.Ordinal);
        Assert.Equal("500 5.5.2 Error: command not recognized", await second.CommandAsync("FOO"));
        Assert.Equal("421 4.7.0 mail.example.com Error: too many errors", await second.ReadReplyAsync());
    }

    [Fact]
    public async Task ServerWithRoom_IsPatient()
    {
        await using var server = new SmtpdFixture(adjust: c => c with { ProcessLimit = 2 });
        using var client = await server.ConnectAsync();
        Assert.Equal("500 5.5.2 Error: command not recognized", await client.CommandAsync("FOO"));
        Assert.Equal("250 2.0.0 Ok", await client.CommandAsync("NOOP"));
    }

    // Never finds out.
    private sealed class SlowVerifier : IAddressVerifier
    {
        public int Asked { get; private set; }

        public ValueTask<VerificationAnswer> QueryAsync(string address, CancellationToken cancellationToken)
        {
            Asked++;
            return ValueTask.FromResult(VerificationAnswer.InProgress);
        }
    }

    // Delays are noted, and over at once.
    private sealed class HurriedTime : TimeProvider
    {
        public ConcurrentQueue<TimeSpan> Delays { get; } = new();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Delays.Enqueue(dueTime);
            return base.CreateTimer(callback, state, dueTime == SleepTime ? TimeSpan.Zero : dueTime, period);
        }
    }
}
