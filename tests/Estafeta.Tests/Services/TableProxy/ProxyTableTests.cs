using System.Net.Sockets;
using Estafeta.Configuration;
using Estafeta.Services.Ipc;
using Estafeta.Services.Logging;
using Estafeta.Services.TableProxy;
using Estafeta.Tables;

namespace Estafeta.Tests.Services.TableProxy;

/// <summary>A program and proxymap over a real UNIX socket.</summary>
public sealed class ProxyTableTests : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("estafeta-proxy-").FullName;
    private readonly MemoryMailLog _log = new();
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _running = [];
    private readonly TableSet _clientTables;
    private readonly TableSet _serverTables;
    private readonly List<string> _warnings = [];

    public ProxyTableTests()
    {
        Directory.CreateDirectory(Path.Combine(_root, "private"));
        var parameters = ParameterSet.Parse($"queue_directory = {_root}\nsmtputf8_enable = yes\n");
        _clientTables = new TableSet(parameters) { Warn = _warnings.Add };
        _serverTables = new TableSet(parameters);
        Serve("proxymap", isWriter: false, "$x proxy:inline:{a=b}, proxy:fail:x proxy:pcre:{{/(.)/ $1}} check_x_access { proxy:static:y }");
        Serve("proxywrite", isWriter: true, $"proxy:lmdb:{_root}/cache");
    }

    [Theory]
    [InlineData("proxy:inline:{a=b}", "A", LookupOutcome.Found, "b")]
    [InlineData("proxy:inline:{a=b}", "x", LookupOutcome.NotFound, null)]
    [InlineData("proxy:fail:x", "x", LookupOutcome.Trouble, "Application error")]
    [InlineData("proxy:pcre:{{/(.)/ $1}}", "Ab", LookupOutcome.Found, "A")]
    [InlineData("proxy:static:y", "x", LookupOutcome.Found, "y")]
    public async Task Lookup_ApprovedTable_AnswersAsTheTableItself(string table, string key, LookupOutcome outcome, string? value)
    {
        var result = await _clientTables.Open(table).LookupAsync(key, TestContext.Current.CancellationToken);
        Assert.Equal(new LookupResult(outcome, value), result);
    }

    [Fact]
    public async Task Lookup_UnapprovedTable_IsTroubleAndTold()
    {
        var result = await _clientTables.Open("proxy:unix:passwd.byname").LookupAsync("root", TestContext.Current.CancellationToken);
        Assert.True(result.IsTrouble);
        Assert.Contains("warning: request for unapproved table: \"unix:passwd.byname\"", _log.Lines);
    }

    [Fact]
    public async Task Update_ThroughProxywrite_IsSeenByLookupAndListing()
    {
        var token = TestContext.Current.CancellationToken;
        var table = (IUpdatableTable)_clientTables.Open($"proxy:lmdb:{_root}/cache", TableFlags.FoldKeys | TableFlags.Write);
        Assert.True(await table.UpdateAsync("Key", "value\udcff", token));
        Assert.True(await table.UpdateAsync("other", "2", token));
        Assert.Equal("value\udcff", (await table.LookupAsync("KEY", token)).Value);
        Assert.Equal(["key", "other"], await table.ListAsync(token).Select(e => e.Key).ToListAsync(token));
        Assert.True(await table.DeleteAsync("key", token));
        Assert.Equal(LookupOutcome.NotFound, (await table.LookupAsync("key", token)).Outcome);
    }

    [Fact]
    public async Task Update_ThroughProxymap_IsRefused()
    {
        var table = (IUpdatableTable)_clientTables.Open("proxy:inline:{a=b}");
        Assert.False(await table.UpdateAsync("a", "c", TestContext.Current.CancellationToken));
    }

    [Theory]
    [InlineData("proxy:fail:x")]
    [InlineData("proxy:lmdb:/not/approved")]
    public async Task List_OfATableThatCannotBeListed_IsTroubleAndNotEmpty(string name)
    {
        var table = (IListableTable)_clientTables.Open(name);
        await Assert.ThrowsAsync<IOException>(async () => await table.ListAsync(TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Lookup_NobodyServes_IsTrouble()
    {
        await using var tables = new TableSet(ParameterSet.Parse($"queue_directory = {_root}/nowhere\n"));
        Assert.True((await tables.Open("proxy:inline:{a=b}").LookupAsync("a", TestContext.Current.CancellationToken)).IsTrouble);
    }

    [Fact]
    public async Task Open_ForTrustedResults_OpensTheTableItself()
    {
        var table = _clientTables.Open("proxy:inline:{z=1}", TableFlags.NoUntrusted);
        Assert.Equal("1", (await table.LookupAsync("z", TestContext.Current.CancellationToken)).Value);
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await Task.WhenAll(_running);
        await _clientTables.DisposeAsync();
        await _serverTables.DisposeAsync();
        _stopping.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private void Serve(string service, bool isWriter, string approved)
    {
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(Path.Combine(_root, "private", service)));
        listener.Listen();
        var endpoint = new ProxyEndpoint(_serverTables, new ApprovedTables("proxy_read_maps", approved), isWriter, _log);
        _running.Add(new IpcServer(ProxyEndpoint.Protocol, _ => true, _log).RunAsync(listener, endpoint.ServeAsync, _stopping.Token));
    }
}
