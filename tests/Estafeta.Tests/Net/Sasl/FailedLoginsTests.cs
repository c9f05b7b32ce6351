using Estafeta.Net.Sasl.Server.BuiltIn;

namespace Estafeta.Tests.Net.Sasl;

public sealed class FailedLoginsTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void Name_IsLockedAtItsLimit_UntilTheTimeIsOver()
    {
        var failures = new FailedLogins(2, TimeSpan.FromSeconds(60), _time);
        failures.Note("joe");
        Assert.False(failures.IsLocked("joe"));
        failures.Note("JOE");
        Assert.True(failures.IsLocked("joe"));
        Assert.False(failures.IsLocked("ana"));
        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.False(failures.IsLocked("joe"));
        failures.Note("joe");
        Assert.False(failures.IsLocked("joe"));
    }

    [Fact]
    public void NoLimit_LocksNobody()
    {
        var failures = new FailedLogins(0, TimeSpan.FromSeconds(60), _time);
        failures.Note("joe");
        Assert.False(failures.IsLocked("joe"));
    }

    [Fact]
    public async Task LockedName_IsTroubleNotARefusal_EvenWithTheRightPassword()
    {
        var failures = new FailedLogins(1, TimeSpan.FromSeconds(60), _time);
        await using var guarded = new GuardedCredentials(new Everybody(), failures);
        Assert.True(await guarded.CheckAsync("joe", "x", TestContext.Current.CancellationToken));
        failures.Note("joe");
        await Assert.ThrowsAsync<IOException>(async () => await guarded.CheckAsync("joe", "x", TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(async () => await guarded.FindAsync("joe", TestContext.Current.CancellationToken));
    }

    private sealed class Everybody : ICredentialSource
    {
        public ValueTask<ServedMechanisms> FindServedAsync(CancellationToken cancellationToken) => ValueTask.FromResult(ServedMechanisms.Nobody);

        public ValueTask<bool> CheckAsync(string user, string password, CancellationToken cancellationToken) => ValueTask.FromResult(true);

        public ValueTask<StoredPassword?> FindAsync(string user, CancellationToken cancellationToken) => ValueTask.FromResult<StoredPassword?>(null);
    }
}
