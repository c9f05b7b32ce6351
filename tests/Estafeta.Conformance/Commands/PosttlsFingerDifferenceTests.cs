using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.PosttlsFinger;
using Estafeta.Tests.Daemons.Smtp;
using Estafeta.Tests.Net.Tls;

namespace Estafeta.Conformance.Commands;

/// <summary>posttls-finger and the installed one look at the same server and say the same.</summary>
public sealed partial class PosttlsFingerDifferenceTests : IDisposable
{
    private const string Installed = "/usr/sbin/posttls-finger";
    private const string Offer = "250-mx.test\n250-PIPELINING\n250-STARTTLS\n250 8BITMIME";
    private const string Inside = "250-mx.test\n250-PIPELINING\n250 8BITMIME";

    private readonly TestCertificates _certificates = new();

    public void Dispose() => _certificates.Dispose();

    [Theory]
    [InlineData("@")]
    [InlineData("-l none @")]
    [InlineData("-c -l encrypt @")]
    [InlineData("-c -l verify -F CA @ mx.x.test")]
    [InlineData("-c -l verify -F CA @ other.test")]
    [InlineData("-c -l verify @ mx.x.test")]
    [InlineData("-c -l secure -F CA @")]
    [InlineData("-c -l secure -F CA @ other.test mx.x.test")]
    [InlineData("-c -l fingerprint @ FINGERPRINT")]
    [InlineData("-c -l fingerprint -d sha1 @ FINGERPRINT1")]
    [InlineData("-c -l encrypt -d sha512 @")]
    [InlineData("-c -C @")]
    [InlineData("-c -L none -C @")]
    [InlineData("-c -L summary,peercert @")]
    [InlineData("-c -L certmatch @")]
    [InlineData("-c -p >=TLSv1.2,<=TLSv1.2 @")]
    [InlineData("-c -g high -p TLSv1.2 -l encrypt @")]
    [InlineData("-c -l encrypt -s mx.x.test @")]
    [InlineData("-c -l encrypt -t 60 -T 60 -o myhostname=other.test @")]
    [InlineData("-o myhostname=other.test -l encrypt @")]
    [InlineData("-c [127.0.0.1]:1")]
    [InlineData("-c -a ipv5 @")]
    [InlineData("-c -l bogus @")]
    [InlineData("-c -a ipv4 -h native -l encrypt @")]
    [InlineData("-c -A CA -l secure @ mx.x.test")]
    [InlineData("-c -A CA -A CERT -l secure @ other.test")]
    [InlineData("-c -A /nonexistent -l secure @ mx.x.test")]
    [InlineData("-c -P /nonexistent -l secure @ mx.x.test")]
    [InlineData("-c -d bogus -l encrypt @")]
    [InlineData("-c -p bogus @")]
    [InlineData("-c -g bogus @")]
    [InlineData("-c -h bogus @")]
    [InlineData("-c -M encrypt -l encrypt @")]
    [InlineData("-c -M bogus @")]
    [InlineData("-c -k CERT -l encrypt @")]
    [InlineData("-c -K CERT -l encrypt @")]
    [InlineData("-c -k CERT -K CERT -l encrypt @")]
    [InlineData("-c -H CERT -l encrypt @")]
    [InlineData("-c -H CERT -k CERT -l encrypt @")]
    [InlineData("-c -k /nonexistent -l encrypt @")]
    [InlineData("-c -o bogus @")]
    [InlineData("-c -S -l encrypt @")]
    [InlineData("-S -l encrypt inet:@")]
    [InlineData("-c -S -l encrypt unix:/nonexistent")]
    [InlineData("-c unix:/nonexistent")]
    [InlineData("-c -L certmatch,untrusted -l secure @")]
    [InlineData("-c -K /nonexistent -l encrypt @")]
    [InlineData("-c -k CERT -K /nonexistent -l encrypt @")]
    [InlineData("-c -l encrypt -d sha384 @")]
    [InlineData("-c -l encrypt -d sha3-256 @")]
    [InlineData("-c -l encrypt -d SHA512 @")]
    [InlineData("-z")]
    [InlineData("")]
    public async Task Probe_SaysTheSame(string arguments)
    {
        if (!File.Exists(Installed))
        {
            Assert.Skip("posttls-finger is not installed (apt-get install postfix)");
        }

        var file = _certificates.Issue("mx.x.test");
        var certificate = X509Certificate2.CreateFromPemFile(file, file);
        Assert.Equal(await RunAsync(RunInstalledAsync), await RunAsync(RunOursAsync));

        // A server for each, as the two may end the dialogue at different places.
        async Task<string> RunAsync(Func<string[], Task<string>> run)
        {
            await using var server = new ScriptedSmtpServer { Certificate = certificate };
            foreach (var verb in (string[])["EHLO", "LHLO"])
            {
                server.On(verb, arguments.Contains("-l none", StringComparison.Ordinal) ? [Offer] : [Offer, Inside]);
            }

            server.On("STARTTLS", "220 2.0.0 ready");
            var said = await run([.. arguments.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(word => word switch
            {
                "@" => $"[127.0.0.1]:{server.Port}",
                "inet:@" => $"inet:127.0.0.1:{server.Port}",
                "CA" => _certificates.CaFile,
                "CERT" => file,
                "FINGERPRINT" => string.Join(':', SHA256.HashData(certificate.RawData).Select(b => b.ToString("X2"))),
                "FINGERPRINT1" => string.Join(':', SHA1.HashData(certificate.RawData).Select(b => b.ToString("X2"))),
                _ => word,
            })]);
            return said.Replace($":{server.Port}", ":PORT", StringComparison.Ordinal);
        }
    }

    private static async Task<string> RunInstalledAsync(string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(Installed, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return Normalized(process.ExitCode, output, await error);
    }

    private static async Task<string> RunOursAsync(string[] arguments)
    {
        using var output = new MemoryStream();
        using var error = new MemoryStream();
        var exit = await PosttlsFingerProgram.RunAsync(arguments, TimeProvider.System, new CommandStreams(Stream.Null, output, error));
        return Normalized(exit, Encoding.UTF8.GetString(output.ToArray()), Encoding.UTF8.GetString(error.ToArray()));
    }

    private static string Normalized(int exit, string output, string error) => $"{exit}\n{Hello().Replace(output, "EHLO ?")}---\n{error.Replace(Installed, "posttls-finger", StringComparison.Ordinal)}";

    // The two may disagree in this host's name when main.cf has none.
    [GeneratedRegex("EHLO (?!other).*")]
    private static partial Regex Hello();
}
