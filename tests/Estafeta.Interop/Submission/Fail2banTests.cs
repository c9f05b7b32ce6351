using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.RegularExpressions;
using Estafeta.Interop.Tables;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Submission;

/// <summary>
/// fail2ban's own filter for Postfix finds in our log what it would find in Postfix's. Not tried: "lost connection" and "too many errors", which since
/// Postfix 3.10 begin with a queue ID or NOQUEUE, so that the filter of fail2ban 1.0 misses them in Postfix's log, too.
/// </summary>
public sealed class Fail2banTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("auth", 2)]
    [InlineData("more", 2)]
    [InlineData("extra", 4)]
    [InlineData("ddos", 1)]
    [InlineData("aggressive", 5)]
    public async Task Filter_Matches(string mode, int expected)
    {
        var program = ServerProcess.Require("/usr/bin/fail2ban-regex");
        ServerProcess.Require("/etc/fail2ban/filter.d/postfix.conf");
        using var system = new MailSystem(
            "smtpd_sasl_type = estafeta\nestafeta_sasl_password_maps = inline:{joe=secret}\nsmtpd_sasl_auth_enable = yes\nsmtpd_error_sleep_time = 0\n"
            + "smtpd_relay_restrictions = reject_unauth_destination\n");
        system.Start();
        await SayAsync(system, "AUTH PLAIN " + Encode("\0joe\0wrong"), "AUTH CRAM-MD5", Encode("joe 0123"), "QUIT");
        await SayAsync(system, "AUTH PLAIN " + Encode("\0joe\0secret"), "QUIT");
        await SayAsync(system, "MAIL FROM:<a@b.test>", "RCPT TO:<x@other.test>", $"RCPT TO:<nobody@{MailSystem.Domain}>", "QUIT");
        system.WaitUntil(() => Regex.Count(system.Log, "disconnect from .*\n") == 3, "the ends of the three sessions");
        var matches = await CountAsync(program, system.LogFile, mode);
        Assert.True(matches == expected, $"{matches} matches\n{system.Log}");
    }

    private static string Encode(string text) => Convert.ToBase64String(Encoding.UTF8.GetBytes(text));

    private static async Task SayAsync(MailSystem system, params string[] lines)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, system.Port, Token);
        using var reader = new StreamReader(client.GetStream());
        await reader.ReadLineAsync(Token);
        foreach (var line in (string[])["EHLO client.example.org", .. lines])
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(line + "\r\n"), Token);
            string? reply;
            do
            {
                reply = await reader.ReadLineAsync(Token);
            }
            while (reply is { Length: > 3 } && reply[3] == '-');
        }
    }

    private static async Task<int> CountAsync(string program, string log, string mode)
    {
        using var process = Process.Start(new ProcessStartInfo(program, [log, $"postfix[mode={mode}]"]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync(Token);
        var output = await process.StandardOutput.ReadToEndAsync(Token);
        await process.WaitForExitAsync(Token);
        var line = output.Split('\n').FirstOrDefault(l => l.StartsWith("Lines: ", StringComparison.Ordinal));
        Assert.True(line != null, output + await errors);
        return int.Parse(line.Split(", ")[2].Split(' ')[0], null);
    }
}
