using System.Runtime.InteropServices;
using Estafeta.Tables;
using Estafeta.Tables.Mongodb;

namespace Estafeta.Tests.Tables.Network;

public sealed class MongodbTableTests
{
    private const string Plain = "query_filter = {\"address\": \"%s\", \"active\": 1}\nresult_attribute = goto\n";

    [Fact]
    public async Task Lookup_Documents_AllTheirTextAndNumbersAreResults()
    {
        await using var server = Start(_ => [[("_id", "x"), ("goto", "a@x.test"), ("n", 7)], [("goto", new object[] { "b@x.test", "c@x.test" }), ("in", new (string, object)[] { ("x", "d") })]]);
        await using var fixture = new TableFixture();
        Assert.Equal("a@x.test,7,b@x.test,c@x.test,d", await fixture.FindAsync(Table(fixture, server, Plain), "Info@Example.com"));
    }

    [Theory]
    [InlineData("query_filter = {\"a\": \"%s\"}", "result_attribute = x, y.z", "{ a=\"u@d.test\" }", "{ _id=0 x=1 y.z=1 }")]
    [InlineData("query_filter = {\"a\": \"%u\", \"b\": \"%d\", \"c\": \"%2\"}", "projection = {\"_id\": 0, \"p\": {\"$concat\": [\"$q\", \"/\"]}}", "{ a=\"u\" b=\"d.test\" c=\"d\" }", "{ _id=0 p={ $concat={ 0=\"$q\" 1=\"/\" } } }")]
    public async Task Lookup_Settings_MakeTheCommand(string filter, string fields, string expectedFilter, string expectedProjection)
    {
        var command = "";
        await using var server = Start(text =>
        {
            command = text;
            return [[("x", "1")]];
        });
        await using var fixture = new TableFixture();
        Assert.Equal("<1>", await fixture.FindAsync(Table(fixture, server, $"{filter}\n{fields}\nresult_format = <%s>\n"), "u@d.test"));
        Assert.Contains($"filter={expectedFilter} ", command, StringComparison.Ordinal);
        Assert.Contains($"projection={expectedProjection} ", command, StringComparison.Ordinal);
        Assert.StartsWith("{ find=\"aliases\" ", command, StringComparison.Ordinal);
    }

    // threats.md D12: an address is data, whatever is in it.
    [Theory]
    [InlineData("\", \"$where\": \"1")]
    [InlineData("{\"$gt\": \"\"}")]
    [InlineData("a\\\"b")]
    [InlineData("%s%u")]
    [InlineData("ü\u0001")]
    public async Task Lookup_KeyWithSyntax_StaysOneString(string key)
    {
        var command = "";
        await using var server = Start(text =>
        {
            command = text;
            return [];
        });
        await using var fixture = new TableFixture();
        Assert.Equal(LookupResult.NotFound, await fixture.LookupAsync(Table(fixture, server, Plain), key));
        Assert.Contains($"filter={{ address=\"{key}\" active=1 }} ", command, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{\"a\": %s}", "%s must appear in quotes")]
    [InlineData("{\"a\": \"%s\", \"b\\\"\": %d}", "%d must appear in quotes")]
    [InlineData("{\"a\": %", "Invalid query template")]
    public async Task Lookup_ExpansionOutsideQuotes_IsTrouble(string filter, string problem)
    {
        await using var server = Start(static _ => []);
        await using var fixture = new TableFixture();
        var table = Table(fixture, server, $"query_filter = {filter}\nresult_attribute = x\n");
        Assert.Contains(problem, (await fixture.LookupAsync(table, "1")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lookup_Trouble_IsNeverNotFound()
    {
        await using var server = Start(command => command.Contains("control", StringComparison.Ordinal) ? [[("goto", "a\nb")]]
            : command.Contains("many", StringComparison.Ordinal) ? [[("goto", new object[] { "1", "2", "3" })]]
            : throw new InvalidOperationException("unknown operator"));
        await using var fixture = new TableFixture();
        var table = Table(fixture, server, Plain + "expansion_limit = 2\n");
        Assert.Contains("unknown operator", (await fixture.LookupAsync(table, "x")).Value, StringComparison.Ordinal);
        Assert.True((await fixture.LookupAsync(table, "control")).IsTrouble);
        Assert.True((await fixture.LookupAsync(table, "many")).IsTrouble);
        var json = Table(fixture, server, "query_filter = {\"a\": \nresult_attribute = x\n", "json.cf");
        Assert.True((await fixture.LookupAsync(json, "x")).IsTrouble);
        var setting = Table(fixture, server, "query_filter = {}\n", "setting.cf");
        Assert.Contains("result_attribute", (await fixture.LookupAsync(setting, "x")).Value, StringComparison.Ordinal);
        var both = Table(fixture, server, Plain + "projection = {\"a\": 1}\n", "both.cf");
        Assert.Contains("not both", (await fixture.LookupAsync(both, "x")).Value, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Lookup_ServerGone_IsTroubleAndBackAgainAnswers()
    {
        await using var fixture = new TableFixture();
        var first = Start(_ => [[("goto", "1")]]);
        var table = Table(fixture, first, Plain);
        Assert.Equal("1", await fixture.FindAsync(table, "x"));
        await first.DisposeAsync();
        Assert.True((await fixture.LookupAsync(table, "x")).IsTrouble);
        Assert.NotEmpty(fixture.Warnings);
    }

    [Fact]
    public async Task Lookup_ManyAtOnce_ShareTheConnections()
    {
        await using var server = Start(_ => [[("goto", "1")]]);
        await using var fixture = new TableFixture();
        var table = Table(fixture, server, Plain + "connections = 2\n");
        var results = await Task.WhenAll(Enumerable.Range(0, 300).Select(i => fixture.FindAsync(table, $"u{i}")));
        Assert.All(results, static r => Assert.Equal("1", r));
        Assert.InRange(server.Connections, 1, 2);
    }

    private static ScriptedServer Start(Func<string, (string, object)[][]> find)
    {
        Assert.SkipUnless(NativeLibrary.TryLoad(MongodbLibrary.Name, out _), "libmongoc is not installed");
        return ScriptedMongodb.Start(find);
    }

    private static string Table(TableFixture fixture, ScriptedServer server, string settings, string name = "t.cf") =>
        "mongodb:" + fixture.Write(name, $"uri = mongodb://127.0.0.1:{server.Port}/?connectTimeoutMS=60000\ndbname = mail\ncollection = aliases\n{settings}");
}
