using Estafeta.Mail.Addresses;
using Estafeta.Tables;
using Estafeta.Tables.Keys;

namespace Estafeta.Tests.Tables.Keys;

public sealed class AddressLookupTests
{
    private static readonly AddressExtension Plus = new("+", ownerRequestSpecial: true);

    [Theory]
    [InlineData(AddressForms.Mapping, "u+e@local", "u+e@local u@local u+e u @local")]
    [InlineData(AddressForms.Mapping, "u@local", "u@local u @local")]
    [InlineData(AddressForms.Mapping, "u+e@far", "u+e@far u@far @far")]
    [InlineData(AddressForms.Mapping, "u+e", "u+e u")]
    [InlineData(AddressForms.Mapping, "", "")]
    [InlineData(AddressForms.Mapping, "a(b@far", "\"a(b\"@far a(b@far @far")]
    [InlineData(AddressForms.Mapping, "owner-list+e@far", "owner-list+e@far owner-list@far @far")]
    [InlineData(AddressForms.Mapping, "postmaster@far", "postmaster@far @far")]
    [InlineData(AddressForms.Access, "u+e@a.b.far", "u+e@a.b.far u@a.b.far a.b.far .b.far .far u+e@ u@")]
    [InlineData(AddressForms.Access, "a(b@far", "\"a(b\"@far a(b@far far \"a(b\"@ a(b@")]
    [InlineData(AddressForms.Transport, "u+e@a.far", "u+e@a.far u@a.far a.far .far")]
    [InlineData(AddressForms.Transport, "u@[192.0.2.1]", "u@[192.0.2.1] [192.0.2.1]")]
    public async Task Find_FixedKeys_AsksForEachFormInOrder(AddressForms forms, string address, string expected)
    {
        var table = new RecordingTable();
        await Lookup(forms, table).FindAsync(address, TestContext.Current.CancellationToken);
        Assert.Equal(expected, table.Asked);
    }

    [Theory]
    [InlineData(AddressForms.Mapping)]
    [InlineData(AddressForms.Access)]
    public async Task Find_PatternTable_SeesTheWholeAddressOnly(AddressForms forms)
    {
        var table = new RecordingTable(hasFixedKeys: false);
        await Lookup(forms, table).FindAsync("u+e@local", TestContext.Current.CancellationToken);
        Assert.Equal("u+e@local", table.Asked);
    }

    [Theory]
    [InlineData("u+e@local", "")]
    [InlineData("u@local", "+e")]
    [InlineData("u+e", "")]
    [InlineData("u", "+e")]
    [InlineData("@local", "")]
    public async Task Find_Match_GivesTheExtensionThatIsLeftOver(string known, string extension)
    {
        var match = await Lookup(AddressForms.Mapping, new RecordingTable { Known = known }).FindAsync("u+e@local", TestContext.Current.CancellationToken);
        Assert.Equal("value", match.Result.Value);
        Assert.Equal(extension, match.Extension);
    }

    [Fact]
    public async Task Find_EachKey_IsAskedOfAllTablesBeforeTheNext()
    {
        var wildcard = new RecordingTable { Known = "@far" };
        var exact = new RecordingTable { Known = "u@far" };
        var maps = new MapList("x", [wildcard, exact]);
        var match = await new AddressLookup(maps, Plus).FindAsync("u@far", TestContext.Current.CancellationToken);
        Assert.True(match.Result.IsFound);
        Assert.Equal("u@far", wildcard.Asked);
    }

    [Fact]
    public async Task Find_LocalDomainUnknown_IsTrouble()
    {
        var lookup = new AddressLookup(new MapList("x", [new RecordingTable()]), Plus)
        {
            IsLocalDomain = (_, _) => new(LookupResult.Trouble("mydestination")),
        };
        Assert.True((await lookup.FindAsync("u@d", TestContext.Current.CancellationToken)).Result.IsTrouble);
    }

    [Theory]
    [InlineData("a.b.c", false, "a.b.c .b.c .c")]
    [InlineData("a.b.c", true, "a.b.c b.c c")]
    [InlineData("a.b.", false, "a.b. .b.")]
    [InlineData("c", false, "c")]
    [InlineData("", false, "")]
    [InlineData("[10.1.1.1]", false, "[10.1.1.1]")]
    [InlineData("10.1.1.1", false, "10.1.1.1")]
    [InlineData(".", false, ".")]
    public async Task FindDomain_Name_AsksForParents(string domain, bool parentMatches, string expected)
    {
        var table = new RecordingTable();
        await new DomainLookup(new MapList("x", [table]), parentMatches).FindAsync(domain, TestContext.Current.CancellationToken);
        Assert.Equal(expected, table.Asked);
    }

    [Theory]
    [InlineData("192.0.2.1", "192.0.2.1 192.0.2 192.0 192")]
    [InlineData("2001:db8::1", "2001:db8::1 2001:db8 2001")]
    [InlineData("::1", "::1")]
    public async Task FindNetwork_Address_TakesOctetsOffTheEnd(string address, string expected)
    {
        var table = new RecordingTable();
        await new NetworkLookup(new MapList("x", [table])).FindAsync(System.Net.IPAddress.Parse(address), TestContext.Current.CancellationToken);
        Assert.Equal(expected, table.Asked);
    }

    private static AddressLookup Lookup(AddressForms forms, RecordingTable table) => new(new MapList("x", [table]), Plus, forms)
    {
        IsLocalDomain = (domain, _) => new(domain == "local" ? LookupResult.Found("") : LookupResult.NotFound),
    };
}
