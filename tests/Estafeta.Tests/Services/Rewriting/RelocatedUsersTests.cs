using Estafeta.Configuration;
using Estafeta.Services.Logging;
using Estafeta.Services.Rewriting;
using Estafeta.Tables;

namespace Estafeta.Tests.Services.Rewriting;

/// <summary>relocated_maps, where no answer of Debian's Postfix says it: smtpd's transcripts have the rest.</summary>
public sealed class RelocatedUsersTests
{
    [Theory]
    [InlineData("yes", "5.1.6 User has moved to new@y.example")]
    [InlineData("no", "new@y.example")]
    public async Task Prefix_IsOptional(string isPrefixed, string error)
    {
        var (resolved, _) = await ResolveAsync($"relocated_maps = inline:{{{{gone@x.example=new@y.example}}}}\nrelocated_prefix_enable = {isPrefixed}\n");
        Assert.Equal(("error", error, "gone@x.example"), (resolved.Transport, resolved.Nexthop, resolved.Recipient));
    }

    [Fact]
    public async Task TableInTrouble_IsTemporary()
    {
        var (resolved, log) = await ResolveAsync("relocated_maps = fail:x\n");
        Assert.Equal((AddressClass.Trouble, ""), (resolved.Class, resolved.Transport));
        Assert.Contains("warning: relocated_maps lookup failure", log);
    }

    private static async Task<(ResolvedAddress Resolved, IReadOnlyList<string> Log)> ResolveAsync(string settings)
    {
        var log = new MemoryMailLog();
        var parameters = ParameterSet.Parse("myhostname = mx.test\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\nmydestination =\n" + settings);
        await using var tables = new TableSet(parameters) { Warn = log.Warning };
        var resolver = AddressResolver.Create(parameters, tables, log, TimeProvider.System);
        return (await resolver.ResolveAsync("a@b.example", "gone@x.example", TestContext.Current.CancellationToken), log.Lines);
    }
}
