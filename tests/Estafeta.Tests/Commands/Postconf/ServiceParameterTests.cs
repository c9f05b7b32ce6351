using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.Postconf;

namespace Estafeta.Tests.Commands.Postconf;

/// <summary><c>postconf -P</c>, and what Postfix 3.11 added: <c>-PP</c> and <c>-j</c>, as its manual describes them.</summary>
public sealed class ServiceParameterTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory().FullName;

    public ServiceParameterTests()
    {
        File.WriteAllText(Path.Combine(_directory, "main.cf"), "compatibility_level = 3.12\nmyhostname = h.example\nsmtpd_banner = $myhostname says \"$mail_name\"\nrelayhost = [r\\x]\n");
        File.WriteAllText(
            Path.Combine(_directory, "master.cf"), "smtp inet n - n - - smtpd\n  -o myhostname=other.example -o smtpd_helo_required=yes\nqmgr unix n - n 300 1 qmgr\n");
    }

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData("-P", "smtp/inet/myhostname = other.example\nsmtp/inet/smtpd_helo_required = yes\n")]
    [InlineData("-PP qmgr/unix/myhostname", "qmgr/unix/myhostname = h.example\n")]
    [InlineData("-PPx smtp/inet/smtpd_banner", "smtp/inet/smtpd_banner = other.example says \"Postfix\"\n")]
    [InlineData("-PPx qmgr/unix/smtpd_banner", "qmgr/unix/smtpd_banner = h.example says \"Postfix\"\n")]
    [InlineData("-PP smtp/inet/smtpd_helo_required", "smtp/inet/smtpd_helo_required = yes\n")]
    [InlineData("-Pj", "{\"smtp/inet/myhostname\": \"other.example\"}\n{\"smtp/inet/smtpd_helo_required\": \"yes\"}\n")]
    [InlineData("-j smtpd_banner relayhost", "{\"smtpd_banner\": \"$myhostname says \\\"$mail_name\\\"\"}\n{\"relayhost\": \"[r\\\\x]\"}\n")]
    [InlineData("-jF qmgr/unix/wakeup", "{\"qmgr/unix/wakeup\": \"300\"}\n")]
    [InlineData("-jM qmgr", "{\"qmgr/unix\": \"qmgr unix n - n 300 1 qmgr\"}\n")]
    public async Task Listing_IsAsAsked(string arguments, string expected)
    {
        var output = new MemoryStream();
        var errors = new MemoryStream();

        var status = await PostconfProgram.RunAsync(["-q", "-c", _directory, .. arguments.Split(' ')], "postconf", new CommandStreams(Stream.Null, output, errors));

        Assert.Equal("", Encoding.UTF8.GetString(errors.ToArray()));
        Assert.Equal(0, status);
        Assert.Equal(expected, Encoding.UTF8.GetString(output.ToArray()));
    }
}
