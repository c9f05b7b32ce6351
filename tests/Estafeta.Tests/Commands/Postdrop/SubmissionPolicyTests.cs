using Estafeta.Commands.Postdrop;
using Estafeta.Configuration;
using Estafeta.Services.Logging;

namespace Estafeta.Tests.Commands.Postdrop;

/// <summary>local_login_sender_maps: what a login may put in the envelope. Postfix 3.7.11 was asked for each case.</summary>
public sealed class SubmissionPolicyTests
{
    private const string Table = """
        recipient_delimiter = +
        local_login_sender_maps = inline:{ { root = root@example.org, "a b"@example.org  @Allowed.test <> }, { uid:12345 = * }, { nobody = me@example.org } }

        """;

    private readonly MemoryMailLog _log = new();

    [Theory]
    [InlineData("root", "root@example.org", true)]
    [InlineData("root", "ROOT@EXAMPLE.org", true)]
    [InlineData("root", "root+ext@example.org", true)]
    [InlineData("root", "x@allowed.test", true)]
    [InlineData("root", "x+y@allowed.test", true)]
    [InlineData("root", "", true)]
    [InlineData("root", "a b@example.org", true)]
    [InlineData("root", "a b+ext@example.org", true)]
    [InlineData("root", "a", false)]
    [InlineData("root", "root", false)]
    [InlineData("root", "other@example.org", false)]
    [InlineData("root", "x@sub.allowed.test", false)]
    [InlineData("nobody", "me@example.org", true)]
    [InlineData("nobody", "", false)]
    [InlineData("nobody", "x@allowed.test", false)]
    [InlineData(null, "x@y.test", true)]
    [InlineData("unknown", "x@y.test", false)]
    [InlineData("eva", "eva@example.org", false)]
    public async Task Sender_IsTheLoginsOwn(string? user, string sender, bool isAllowed)
    {
        await using var policy = Policy(Table, user);
        Assert.Equal(isAllowed ? null : $"not authorized to use sender='{sender}'", await policy.CheckSenderAsync(sender));
    }

    [Theory]
    [InlineData("", "<>", true)]
    [InlineData("", "*", true)]
    [InlineData("", "me@example.org", false)]
    [InlineData("empty_address_local_login_sender_maps_lookup_key = null\n", "null", true)]
    [InlineData("empty_address_local_login_sender_maps_lookup_key = null\n", "NULL", true)]
    [InlineData("empty_address_local_login_sender_maps_lookup_key = null\n", "<>", false)]
    public async Task NullSender_IsWrittenAsConfigured(string mainCf, string pattern, bool isAllowed)
    {
        await using var policy = Policy($"{mainCf}local_login_sender_maps = inline:{{joe={pattern}}}\n", "joe");
        Assert.Equal(isAllowed ? null : "not authorized to use sender=''", await policy.CheckSenderAsync(""));
    }

    [Theory]
    [InlineData("joe")]
    [InlineData(null)]
    public async Task ByDefault_AnybodyIsAnybody(string? user)
    {
        await using var policy = Policy("", user);
        Assert.Null(await policy.CheckSenderAsync("president@example.org"));
        Assert.Null(await policy.CheckSenderAsync(""));
    }

    [Fact]
    public async Task TableInTrouble_LetsNobodyThrough()
    {
        await using var policy = Policy("local_login_sender_maps = fail:x\n", "root");
        Assert.Equal("local_login_sender_maps table lookup error for 'fail:x'", await policy.CheckSenderAsync("root@example.org"));
    }

    [Theory]
    [InlineData("joe", null)]
    [InlineData("eva", "User eva(12345) is not allowed to submit mail")]
    [InlineData(null, "User unknown(12345) is not allowed to submit mail")]
    public async Task AuthorizedUsers_Only(string? user, string? refusal)
    {
        await using var policy = Policy("authorized_submit_users = joe, !eva\n", user);
        Assert.Equal(refusal, await policy.CheckUserAsync());
    }

    private SubmissionPolicy Policy(string mainCf, string? user) => new(ParameterSet.Parse(mainCf), _log, user, 12345);
}
