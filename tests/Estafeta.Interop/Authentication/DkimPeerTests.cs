using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Estafeta.Authentication;
using Estafeta.Authentication.Arc;
using Estafeta.Authentication.Dkim;
using Estafeta.Net.Signatures;
using Estafeta.Tests.Authentication;

namespace Estafeta.Interop.Authentication;

/// <summary>Signatures and chains both ways with dkimpy (Debian's python3-dkim).</summary>
public sealed class DkimPeerTests : IDisposable
{
    private const string Python = "/usr/bin/python3";
    private const string Seed = "nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A="; // RFC 8463 appendix A.1
    private const string Message =
        "Received: by nobody\n\tid 1\nFrom: A  <a@example.com>\nTo:   b@example.net,\n c@example.net\nSubject: two  blanks \nDate: Fri, 2 Jan 2026 03:04:05 +0000\n\n"
        + " body \t with  blanks \n\n.\n\nlast\n\n\n";

    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("estafeta-dkim");
    private readonly SignatureKey _rsa;
    private readonly SignatureKey _ed25519;

    public DkimPeerTests()
    {
        using var rsa = RSA.Create(2048);
        System.IO.File.WriteAllText(File("rsa.key"), rsa.ExportRSAPrivateKeyPem() + "\n"); // the form that all read
        System.IO.File.WriteAllText(File("ed25519.key"), Seed + "\n");
        _rsa = SignatureKey.ReadPrivate(System.IO.File.ReadAllText(File("rsa.key")))!;
        byte[] der = [.. Convert.FromHexString("302e020100300506032b657004220420"), .. Convert.FromBase64String(Seed)];
        _ed25519 = SignatureKey.ReadPrivate(Convert.ToBase64String(der))!;
        System.IO.File.WriteAllText(
            File("keys"),
            $"rsa._domainkey.example.com v=DKIM1; k=rsa; p={Convert.ToBase64String(_rsa.ExportPublic())}\n"
            + $"ed25519._domainkey.example.com v=DKIM1; k=ed25519; p={Convert.ToBase64String(_ed25519.ExportPublic())}\n");
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ed25519.Dispose();
        _directory.Delete(recursive: true);
    }

    [Theory]
    [InlineData("rsa", true, true)]
    [InlineData("rsa", true, false)]
    [InlineData("rsa", false, true)]
    [InlineData("rsa", false, false)]
    [InlineData("ed25519", true, true)]
    [InlineData("ed25519", false, false)]
    public async Task OurSignature_IsGoodForDkimpy(string type, bool header, bool body)
    {
        SkipWithoutDkimpy();
        var form = Form with { IsHeaderRelaxed = header, IsBodyRelaxed = body };
        var signed = Signer(type).Sign(Headers(Message), Digest(Message, body), form, TimeProvider.System.GetUtcNow()) + Message;
        Assert.Equal("True", await DkimpyAsync("verify", signed));
        Assert.Equal("False", await DkimpyAsync("verify", signed.Replace("last", "lost", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("rsa", "rsa-sha256", "relaxed/relaxed")]
    [InlineData("rsa", "rsa-sha256", "relaxed/simple")]
    [InlineData("rsa", "rsa-sha256", "simple/relaxed")]
    [InlineData("rsa", "rsa-sha256", "simple/simple")]
    [InlineData("ed25519", "ed25519-sha256", "relaxed/relaxed")]
    [InlineData("ed25519", "ed25519-sha256", "simple/simple")]
    public async Task DkimpysSignature_IsGoodForUs(string type, string algorithm, string canonicalization)
    {
        SkipWithoutDkimpy();
        var signed = await DkimpyAsync("sign", Message, type, "example.com", File(type + ".key"), algorithm, canonicalization);
        await ExpectPassAsync(signed);
    }

    [Fact]
    public async Task OurChain_IsGoodForDkimpy()
    {
        SkipWithoutDkimpy();
        var once = Seal(Message, ArcResult.None);
        Assert.StartsWith("pass ", await DkimpyAsync("arc-verify", once), StringComparison.Ordinal);
        var twice = Seal(once, await VerifyChainAsync(once));
        Assert.StartsWith("pass ", await DkimpyAsync("arc-verify", twice), StringComparison.Ordinal);
        Assert.StartsWith("fail ", await DkimpyAsync("arc-verify", twice.Replace("last", "lost", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task DkimpysChain_IsGoodForUs_AndGoesOn()
    {
        SkipWithoutDkimpy();
        var once = await DkimpyAsync("arc-sign", "Authentication-Results: lists.example.com; spf=pass smtp.mailfrom=a@example.com\n" + Message, "rsa", "example.com", File("rsa.key"), "lists.example.com");
        var result = await VerifyChainAsync(once);
        Assert.Equal((ArcOutcome.Pass, 1, ""), (result.Outcome, result.Sets, result.Reason));
        Assert.StartsWith("pass ", await DkimpyAsync("arc-verify", Seal(once, result)), StringComparison.Ordinal);
    }

    private static DkimSignatureForm Form { get; } = new() { Signed = ["From", "To", "Subject", "Date"], Oversigned = ["From"] };

    private static void SkipWithoutDkimpy() => Assert.SkipUnless(Directory.Exists("/usr/lib/python3/dist-packages/dkim"), "dkimpy is not installed (apt-get install python3-dkim)");

    private static MessageHeaders Headers(string message) => MessageHeaders.Read(Encoding.Latin1.GetBytes(message));

    private static byte[] Digest(string message, bool isRelaxed)
    {
        using var hash = new BodyHash(isRelaxed);
        hash.Write(Encoding.Latin1.GetBytes(message[(message.IndexOf("\n\n", StringComparison.Ordinal) + 2)..]));
        return hash.Finish();
    }

    private string File(string name) => Path.Combine(_directory.FullName, name);

    private DkimSigner Signer(string type) => new("example.com", type, type == "rsa" ? _rsa : _ed25519);

    private string Seal(string message, ArcResult chain) =>
        new ArcSealer(Signer("rsa")).Seal(Headers(message), Digest(message, true), Form, "mx.example.com;\n\tarc=none", chain, TimeProvider.System.GetUtcNow()) + message;

    private Zone Zone() => new([.. System.IO.File.ReadLines(File("keys")).Select(l => l.Replace(" v=", " TXT v=", StringComparison.Ordinal))]);

    private async Task ExpectPassAsync(string signed)
    {
        var report = await AuthenticateAsync(signed);
        var result = Assert.Single(report.Dkim!);
        Assert.Equal((DkimOutcome.Pass, ""), (result.Outcome, result.Reason));
    }

    private async Task<ArcResult> VerifyChainAsync(string message) => (await AuthenticateAsync(message)).Arc!;

    private async Task<AuthenticationReport> AuthenticateAsync(string message)
    {
        var authenticator = new MessageAuthenticator(AuthenticationMethods.All, Zone().Lookup, "mx.example.com", null, TimeProvider.System);
        await using var authentication = authenticator.Begin(null, "", "");
        authentication.Write(Encoding.Latin1.GetBytes(message));
        return await authentication.FinishAsync(TestContext.Current.CancellationToken);
    }

    private async Task<string> DkimpyAsync(string command, string message, params string[] arguments)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Authentication/dkim-peer.py");
        return await RunAsync(Python, [script, command, File("keys"), .. arguments], message);
    }

    // Peers see CRLF.
    private static async Task<string> RunAsync(string program, string[] arguments, string message)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardInputEncoding = Encoding.Latin1,
            StandardOutputEncoding = Encoding.Latin1,
        })!;
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.StandardInput.WriteAsync(message.Replace("\n", "\r\n", StringComparison.Ordinal));
        process.StandardInput.Close();
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{program} failed: {await errors}");
        var text = (await output).Replace("\r\n", "\n", StringComparison.Ordinal);
        return text.Contains('\n', StringComparison.Ordinal) && text.IndexOf('\n', StringComparison.Ordinal) == text.Length - 1 ? text.TrimEnd('\n') : text;
    }
}
