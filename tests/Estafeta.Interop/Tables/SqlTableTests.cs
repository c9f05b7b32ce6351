using System.Diagnostics;
using Estafeta.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Tables;

/// <summary>mysql, pgsql and sqlite tables against real servers, and beside Postfix's own clients where it is installed.</summary>
public sealed class SqlTableTests
{
    private static readonly string[] Keys =
    [
        "alice@example.com", "ALICE@Example.COM", "bob@example.com", "o'neil@example.com", "back\\slash@example.com", "empty@example.com",
        "info@sub.example.com", "many", "only", "nobody@example.com", "bob", "@example.com", "x'; DROP TABLE aliases; --",
        "x' OR '1'='1", "a%b@example.com", "\\", "'", "\"", "alice@example.com' --", "bob@example.org",
    ];

    private static readonly string[] Formats =
    [
        "query = SELECT goto FROM aliases WHERE mailbox = '%s'\n",
        "query = SELECT goto FROM aliases WHERE mailbox = '%u@%d'\nresult_format = <%s>\n",
        "query = SELECT goto FROM aliases WHERE mailbox = '%s'\nresult_format = %u at %d\n",
        "query = SELECT goto FROM aliases WHERE mailbox = '%s'\nresult_format = %S:%U:%D:%s%%\n",
        "query = SELECT goto FROM aliases WHERE mailbox = '%s'\nresult_format = %1.%2\n",
        "query = SELECT goto FROM aliases WHERE mailbox LIKE '%%%2.%1'\n",
        "query = SELECT goto FROM aliases WHERE mailbox = '%s'\ndomain = example.com\n",
        "query = SELECT goto FROM aliases WHERE mailbox = '%s'\nexpansion_limit = 3\n",
        "query = SELECT goto, note FROM aliases WHERE mailbox = '%s'\n",
        "table = aliases\nselect_field = goto\nwhere_field = mailbox\nadditional_conditions = AND goto <> 'bob'\n",
    ];

    [Theory]
    [InlineData("sqlite")]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task Lookup_AllKindsOfTables_AnswerAsPostfixDoes(string type)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/postmap") && File.Exists($"/usr/lib/postfix/postfix-{type}.so"), $"Postfix with {type} is not installed");
        await using var fixture = new BackEndFixture(SqlBackEnds.User(type));
        await using var server = await SqlBackEnds.StartAsync(type, fixture.Root);
        foreach (var format in Formats)
        {
            var table = $"{type}:{fixture.Write("t.cf", server.Connection + format)}";
            var expected = await PostmapAsync(fixture.Root, table, Keys);
            await using var tables = new TableSet(fixture.Tables.Parameters);
            foreach (var key in Keys)
            {
                var ours = await tables.Open(table).LookupAsync(key, TestContext.Current.CancellationToken);
                Assert.Equal((format, key, expected.GetValueOrDefault(key, "not found")), (format, key, Describe(ours)));
            }
        }
    }

    [Theory]
    [InlineData("sqlite", 8000)]
    [InlineData("pgsql", 8000)]
    [InlineData("mysql", 8000)]
    public async Task Lookup_GeneratedTable_AnswersAsPostfixDoes(string type, int count)
    {
        Assert.SkipUnless(File.Exists("/usr/sbin/postmap") && File.Exists($"/usr/lib/postfix/postfix-{type}.so"), $"Postfix with {type} is not installed");
        var generated = new GeneratedEntries(4000);
        await using var fixture = new BackEndFixture(SqlBackEnds.User(type));
        await using var server = await SqlBackEnds.StartAsync(type, fixture.Root, generated.Sql);
        var table = $"{type}:{fixture.Write("t.cf", server.Connection + "query = SELECT goto FROM aliases WHERE mailbox = '%s' ORDER BY goto\n")}";
        var keys = generated.Keys(2 * count)[..count];
        var expected = await PostmapAsync(fixture.Root, table, keys);
        var ours = await Task.WhenAll(keys.Select(key => fixture.LookupAsync(table, key)));
        Assert.InRange(expected.Count, count / 10, count - 1);
        Assert.Equal(keys.Select(key => (key, expected.GetValueOrDefault(key, "not found"))), keys.Zip(ours, static (key, result) => (key, Describe(result))));
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task Lookup_WhatPostfixDoesNotTell_IsTroubleOrFound(string type)
    {
        await using var fixture = new BackEndFixture(SqlBackEnds.User(type));
        await using var server = await SqlBackEnds.StartAsync(type, fixture.Root);
        var plain = $"{type}:{fixture.Write("plain.cf", server.Connection + Formats[0])}";
        Assert.True((await fixture.LookupAsync(plain, "control")).IsTrouble);
        Assert.Equal("m@c.test", (await fixture.LookupAsync(plain, "MÜLLER@example.com")).Value);
        var limited = $"{type}:{fixture.Write("limited.cf", server.Connection + Formats[0] + "expansion_limit = 2\n")}";
        Assert.True((await fixture.LookupAsync(limited, "many")).IsTrouble);
        Assert.Equal("alice@a.test,alice@b.test", (await fixture.LookupAsync(limited, "alice@example.com")).Value);
        var wrong = $"{type}:{fixture.Write("wrong.cf", server.Connection + "query = SELECT nonsense FROM nowhere WHERE mailbox = '%s'\n")}";
        Assert.True((await fixture.LookupAsync(wrong, "bob")).IsTrouble);
        Assert.Equal(3, fixture.Warnings.Count);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task Lookup_ManyAtOnce_AllAnswer(string type)
    {
        await using var fixture = new BackEndFixture(SqlBackEnds.User(type));
        await using var server = await SqlBackEnds.StartAsync(type, fixture.Root);
        var table = $"{type}:{fixture.Write("t.cf", server.Connection + Formats[0] + "connections = 4\n")}";
        var results = await Task.WhenAll(Enumerable.Range(0, 500).Select(i => fixture.LookupAsync(table, i % 2 == 0 ? "only" : "nobody")));
        Assert.All(results, (r, i) => Assert.Equal(i % 2 == 0 ? LookupResult.Found("the only value") : LookupResult.NotFound, r));
        Assert.Empty(fixture.Warnings);
    }

    [Theory]
    [InlineData("pgsql")]
    [InlineData("mysql")]
    public async Task Lookup_ServerGone_IsTroubleAndOtherHostIsAsked(string type)
    {
        await using var fixture = new BackEndFixture(SqlBackEnds.User(type));
        await using var server = await SqlBackEnds.StartAsync(type, fixture.Root);
        var dead = $"127.0.0.1:{FreePort.Take()}";
        var two = $"{type}:{fixture.Write("two.cf", server.Connection.Replace("hosts = ", $"hosts = {dead} ", StringComparison.Ordinal) + Formats[0])}";
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal("the only value", (await fixture.LookupAsync(two, "only")).Value);
        }

        var one = $"{type}:{fixture.Write("one.cf", server.Connection + Formats[0])}";
        Assert.True((await fixture.LookupAsync(one, "only")).IsFound);
        await server.DisposeAsync();
        Assert.True((await fixture.LookupAsync(one, "only")).IsTrouble);
        Assert.NotEmpty(fixture.Warnings);
    }

    internal static string Describe(LookupResult result) => result.Outcome switch
    {
        LookupOutcome.Found => "found " + result.Value,
        LookupOutcome.NotFound => "not found",
        _ => "trouble",
    };

    internal static async Task<Dictionary<string, string>> PostmapAsync(string root, string table, string[] keys)
    {
        await File.WriteAllTextAsync(Path.Combine(root, "main.cf"), $"compatibility_level = 3.6\nqueue_directory = {root}\nmaillog_file = /dev/stdout\n");
        var start = new ProcessStartInfo("/usr/sbin/postmap") { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach (var argument in new[] { "-c", root, "-q", "-", table })
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(string.Join('\n', keys) + "\n");
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.False((await errors).Contains("fatal", StringComparison.Ordinal), await errors);
        return (await output).Split('\n').Where(l => l.Contains('\t')).ToDictionary(l => l[..l.IndexOf('\t')], l => "found " + l[(l.IndexOf('\t') + 1)..]);
    }
}
