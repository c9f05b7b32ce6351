using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Sts;
using Estafeta.Tests.Net.Dns;
using Estafeta.Tests.Net.Https;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Tests.Commands.Sts;

public sealed class StsProgramTests : IDisposable
{
    private readonly TestCertificates _certificates = new();
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-sts-command");
    private readonly MemoryStream _output = new();
    private readonly MemoryStream _error = new();

    public StsProgramTests() => File.WriteAllText(
        Path.Combine(_folder.FullName, "main.cf"),
        $"data_directory = {_folder.FullName}\nqueue_directory = {_folder.FullName}\nsmtp_tls_CAfile = {_certificates.CaFile}\nmaillog_file = /dev/stdout\n");

    public void Dispose()
    {
        _certificates.Dispose();
        _folder.Delete(recursive: true);
    }

    private string Output => Encoding.UTF8.GetString(_output.ToArray());

    private async Task<int> RunAsync(StubDnsServer dns, int port, params string[] arguments)
    {
        await using var resolver = dns.CreateResolver();
        return await StsProgram.RunAsync(["-c", _folder.FullName, .. arguments], TimeProvider.System, new CommandStreams(Stream.Null, _output, _error), resolver, port);
    }

    [Fact]
    public async Task Query_ShowsAllThereIsToKnow()
    {
        await using var dns = new StubDnsServer();
        await using var server = new ScriptedHttpsServer(_certificates.Issue("mta-sts.x.test"))
        {
            Answer = ScriptedHttpsServer.Page("version: STSv1\nmode: enforce\nmx: mx1.x.test\nmax_age: 1000\n"),
        };
        dns.Text("_mta-sts.x.test", "v=STSv1; id=7;").Address("mta-sts.x.test", "127.0.0.1").Mx("x.test", 20, "mx2.x.test").Mx("x.test", 10, "mx1.x.test");
        Assert.Equal(0, await RunAsync(dns, server.Port, "query", "X.test."));
        Assert.Equal(
            "kept:       nothing\nannounced:  id=7\npublished:  mode=enforce max_age=1000 mx=mx1.x.test\n" +
            "mail host:  mx1.x.test is covered\nmail host:  mx2.x.test is NOT covered: mail to it is refused in mode enforce\n",
            Output);
    }

    [Fact]
    public async Task Query_WithoutRecord()
    {
        await using var dns = new StubDnsServer();
        Assert.Equal(1, await RunAsync(dns, 1, "query", "x.test"));
        Assert.Equal("kept:       nothing\nannounced:  no valid record at _mta-sts.x.test\n", Output);
    }

    [Theory]
    [InlineData("refresh", "x.test")]
    [InlineData("purge", "x.test")]
    [InlineData("query", "a b")]
    [InlineData("drop", "x.test")]
    public async Task WhatCannotBeDone_IsFatal(string verb, string domain)
    {
        await using var dns = new StubDnsServer();
        Assert.Equal(1, await RunAsync(dns, 1, verb, domain));
        Assert.Contains("fatal: ", Encoding.UTF8.GetString(_error.ToArray()));
    }
}
