using System.Text;
using Estafeta.Commands.Authenticate;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Dkim;
using Estafeta.Net.Signatures;
using Estafeta.Tests.Authentication.Dkim;
using Estafeta.Tests.Net.Dns;

namespace Estafeta.Tests.Commands.Authenticate;

/// <summary><c>estafeta authenticate</c> and <c>estafeta dkim genkey</c>.</summary>
public sealed class AuthenticateProgramTests : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta-authenticate");

    public AuthenticateProgramTests() => File.WriteAllText(Path.Combine(_directory.FullName, "main.cf"), "myhostname = mx.us.example\nestafeta_public_suffix_list =\n");

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task Message_IsExplained()
    {
        using var keys = new SigningFixture();
        await using var names = new StubDnsServer()
            .Text("s._domainkey.example.com", "v=DKIM1; k=ed25519; p=" + Convert.ToBase64String(keys.Key.ExportPublic()))
            .Text("_dmarc.example.com", "v=DMARC1; p=reject")
            .Text("list.example", "v=spf1 -all");
        var (status, output) = await RunAsync(names, keys.Sign("From: a@example.com\n\nbody\n").Replace("\n", "\r\n", StringComparison.Ordinal), "--client", "192.0.2.1", "--sender", "<x@list.example>");
        Assert.StartsWith(
            "SPF    fail       list.example from 192.0.2.1: -all of list.example\n"
            + "DKIM   pass       example.com, key s, ed25519-sha256\n"
            + "DMARC  pass       example.com: DKIM of example.com; policy reject\n"
            + "ARC    none       0 sets: no chain\n"
            + "\nAuthentication-Results: mx.us.example;\n\tspf=fail reason=\"-all of list.example\" smtp.mailfrom=x@list.example;\n\tdkim=pass header.d=example.com ",
            output,
            StringComparison.Ordinal);
        Assert.Equal(0, status);
    }

    [Fact]
    public async Task Forgery_FailsWithItsReason()
    {
        await using var names = new StubDnsServer().Text("_dmarc.example.com", "v=DMARC1; p=quarantine");
        var (status, output) = await RunAsync(names, "Return-Path: <y@\x1b.example>\nFrom: a@example.com\n\nbody\n");
        Assert.Contains("SPF    unknown    without --client nobody can say\nDKIM   none       no signature\nDMARC  fail       example.com: neither SPF nor DKIM speaks for example.com; policy quarantine, this message: quarantine\n", output, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', output);
        Assert.Equal(1, status);
    }

    [Theory]
    [InlineData("rsa", 2048)]
    [InlineData("ed25519", 256)]
    public async Task Genkey_WritesAKey_AndSaysWhatToPublish(string type, int bits)
    {
        var (status, output) = await RunAsync(s => DkimProgram.RunAsync(["-c", _directory.FullName, "genkey", "-d", "Example.com", "-s", "jan", "-t", type, "-D", _directory.FullName], s));
        Assert.Equal(0, status);
        var path = Path.Combine(_directory.FullName, "jan.private");
        using var key = SignatureKey.ReadPrivate(await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken))!;
        Assert.Equal(bits, key.Bits is 253 ? 256 : key.Bits);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
        Assert.StartsWith($"jan._domainkey.example.com. IN TXT ( \"v=DKIM1; k={type}; p=", output, StringComparison.Ordinal);
        var published = string.Concat(output.Split('\n').TakeWhile(l => l.Length > 0)).Replace("\"\t\"", "", StringComparison.Ordinal);
        Assert.Contains($"p={Convert.ToBase64String(key.ExportPublic())}\" )", published, StringComparison.Ordinal);
        Assert.Contains($"\njan._domainkey.example.com example.com:jan:{path}\n", output, StringComparison.Ordinal);
        Assert.Contains("\n*@example.com jan._domainkey.example.com\n", output, StringComparison.Ordinal);

        // Not again: the old one may be in use.
        Assert.Equal(1, (await RunAsync(s => DkimProgram.RunAsync(["-c", _directory.FullName, "genkey", "-d", "example.com", "-s", "jan", "-D", _directory.FullName], s))).Status);
    }

    [Theory]
    [InlineData("genkey")]
    [InlineData("genkey", "-d", "example.com")]
    [InlineData("genkey", "-d", "example.com", "-s", "x", "-t", "dsa")]
    [InlineData("genkey", "-d", "example.com", "-s", "x", "-b", "512")]
    [InlineData("genkey", "-d", "exa mple.com", "-s", "x")]
    [InlineData("genkey", "-d", "example.com", "-s", "../x")]
    [InlineData("other", "-d", "example.com", "-s", "x")]
    public async Task Genkey_RefusesWhatIsWrong(params string[] arguments) => Assert.Equal(1, (await RunAsync(s => DkimProgram.RunAsync(["-c", _directory.FullName, .. arguments, "-D", _directory.FullName], s))).Status);

    private async Task<(int Status, string Output)> RunAsync(StubDnsServer names, string message, params string[] options)
    {
        var file = Path.Combine(_directory.FullName, "message");
        await File.WriteAllTextAsync(file, message);
        await using var resolver = names.CreateResolver();
        return await RunAsync(s => AuthenticateProgram.RunAsync([file, .. options, "-c", _directory.FullName], TimeProvider.System, s, resolver));
    }

    private static async Task<(int Status, string Output)> RunAsync(Func<CommandStreams, Task<int>> program)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var status = await program(new CommandStreams(Stream.Null, output, error));
        return (status, Encoding.UTF8.GetString(output.ToArray()));
    }
}
