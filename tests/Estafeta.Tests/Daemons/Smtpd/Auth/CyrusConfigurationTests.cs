using System.Net.Sockets;
using System.Text;
using Estafeta.Daemons.Smtpd.Auth;

namespace Estafeta.Tests.Daemons.Smtpd.Auth;

public sealed class CyrusConfigurationTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("estafeta-cyrus");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public void File_IsReadAsCyrusWritesIt()
    {
        var read = CyrusConfiguration.Parse("# comment: no\npwcheck_method: saslauthd\nmech_list: plain login\nsaslauthd_path:/x/mux\nlog_level: 7\n");
        Assert.Equal("saslauthd", read.PasswordCheck);
        Assert.Equal(["PLAIN", "LOGIN"], read.Mechanisms);
        Assert.Equal("/x/mux", read.SocketPath);
    }

    [Fact]
    public void NoFile_MeansAuxprop() => Assert.Equal("auxprop", CyrusConfiguration.Load(_folder.FullName, "smtpd").PasswordCheck);

    [Fact]
    public async Task Saslauthd_ChecksThePassword()
    {
        var path = Path.Combine(_folder.FullName, "mux");
        await File.WriteAllTextAsync(
            Path.Combine(_folder.FullName, "smtpd.conf"), $"pwcheck_method: saslauthd\nmech_list: PLAIN\nsaslauthd_path: {path}\n", TestContext.Current.CancellationToken);
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen();
        var daemon = AnswerAsync(listener, "NO wrong", "OK");
        await using var server = new SmtpdFixture($"smtpd_sasl_auth_enable = yes\ncyrus_sasl_config_path = {_folder.FullName}\n");
        var replies = await server.ConverseAsync("EHLO x", "AUTH PLAIN AGpvZUB4AG5v", "AUTH PLAIN AGpvZUB4AHllcw==", "QUIT");
        Assert.Contains("250-AUTH PLAIN\n", replies, StringComparison.Ordinal);
        Assert.EndsWith("535 5.7.8 Error: authentication failed: authentication failure\n235 2.7.0 Authentication successful\n221 2.0.0 Bye\n", replies, StringComparison.Ordinal);
        Assert.Equal(["\0\u0003joe\0\u0002no\0\u0004smtp\0\u0001x", "\0\u0003joe\0\u0003yes\0\u0004smtp\0\u0001x"], await daemon);
    }

    [Theory]
    [InlineData("pwcheck_method: saslauthd\nmech_list: plain login\n", true)]
    [InlineData("pwcheck_method: saslauthd\n", true)]
    [InlineData("pwcheck_method: saslauthd\nmech_list: PLAIN GSSAPI\n", false)]
    [InlineData("pwcheck_method: auxprop\n", false)]
    [InlineData("", false)]
    public void Library_IsNeededForAllButSaslauthd(string text, bool isEnough) =>
        Assert.Equal(isEnough, CyrusConfiguration.Parse(text).AsksOnlySaslauthd);

    private static async Task<List<string>> AnswerAsync(Socket listener, params string[] answers)
    {
        var requests = new List<string>();
        foreach (var answer in answers)
        {
            using var client = await listener.AcceptAsync(TestContext.Current.CancellationToken);
            var buffer = new byte[200];
            requests.Add(Encoding.ASCII.GetString(buffer, 0, await client.ReceiveAsync(buffer, TestContext.Current.CancellationToken)));
            await client.SendAsync(Encoding.ASCII.GetBytes("\0" + (char)answer.Length + answer), TestContext.Current.CancellationToken);
        }

        return requests;
    }
}
