using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Estafeta.TestSystem;

namespace Estafeta.Conformance.Smtp;

/// <summary>
/// The installed Postfix with a configuration, queue and log of its own in a temporary directory, and an smtpd on a loopback port for
/// handing in mail. Needs root, as Postfix does.
/// </summary>
internal sealed class PostfixInstance : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);
    private readonly string _directory;

    private PostfixInstance(string directory, int port) => (_directory, Port) = (directory, port);

    public int Port { get; }

    public static bool IsPossible => File.Exists("/usr/sbin/postfix") && Environment.UserName == "root";

    public IEnumerable<string> Log
    {
        get
        {
            var path = Path.Combine(_directory, "mail.log");
            return File.Exists(path) ? File.ReadAllLines(path) : [];
        }
    }

    /// <param name="mainCf">Added to what a private instance needs.</param>
    public static async Task<PostfixInstance> StartAsync(string mainCf, CancellationToken cancellationToken)
    {
        var directory = Directory.CreateTempSubdirectory("estafeta-postfix").FullName;
        await RunAsync("/bin/chmod", ["755", directory], cancellationToken);
        var port = FreePort.Take();
        Directory.CreateDirectory(Path.Combine(directory, "queue"));
        Directory.CreateDirectory(Path.Combine(directory, "data"));
        await RunAsync("/bin/chown", ["postfix", Path.Combine(directory, "data")], cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory, "main.cf"), $"""
            compatibility_level = 3.6
            queue_directory = {directory}/queue
            data_directory = {directory}/data
            maillog_file = {directory}/mail.log
            maillog_file_prefixes = {directory}
            myhostname = client.example.test
            mydestination =
            inet_interfaces = 127.0.0.1
            inet_protocols = ipv4
            mynetworks = 127.0.0.0/8
            smtpd_relay_restrictions = permit_mynetworks, reject
            local_recipient_maps =
            alias_maps =
            local_transport = discard
            command_directory = /usr/sbin
            daemon_directory = /usr/lib/postfix/sbin
            {mainCf}
            """, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(directory, "master.cf"), $"127.0.0.1:{port} inet n - n - - smtpd\n{StandardServices.MasterCf}", cancellationToken);
        await RunAsync("/usr/sbin/postfix", ["-c", directory, "start"], cancellationToken);
        var instance = new PostfixInstance(directory, port);
        await instance.UntilAsync(() => CanConnect(port), cancellationToken);
        return instance;
    }

    public async Task SubmitAsync(string sender, IEnumerable<string> recipients, string content, CancellationToken cancellationToken)
    {
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        await ReplyAsync();
        foreach (var command in (string[])["EHLO client.test", $"MAIL FROM:<{sender}>", .. recipients.Select(r => $"RCPT TO:<{r}>"), "DATA", content.Replace("\n", "\r\n", StringComparison.Ordinal) + ".", "QUIT"])
        {
            await client.GetStream().WriteAsync(Encoding.Latin1.GetBytes(command + "\r\n"), cancellationToken);
            await ReplyAsync();
        }

        async Task ReplyAsync()
        {
            string? line;
            do
            {
                line = await reader.ReadLineAsync(cancellationToken);
            }
            while (line is { Length: > 3 } && line[3] == '-');
            Assert.True(line?[0] is '2' or '3', line);
        }
    }

    /// <summary>By its sendmail command.</summary>
    public Task SendmailAsync(string sender, string recipient, string content, CancellationToken cancellationToken) =>
        RunAsync("/bin/sh", ["-c", $"printf '%s' '{content}' | /usr/sbin/sendmail -C {_directory} -f '{sender}' '{recipient}'"], cancellationToken);

    public async Task UntilAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Patience, $"waited in vain; log:\n{string.Join('\n', Log.TakeLast(40))}");
            await Task.Delay(20, cancellationToken);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("/usr/sbin/postfix", ["-c", _directory, "stop"], CancellationToken.None);
        await PostfixDirectory.DeleteAsync(_directory);
    }

    private static bool CanConnect(int port)
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect(IPAddress.Loopback, port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    // Not redirected through pipes: master would keep them open for ever.
    private static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo("/bin/sh") { ArgumentList = { "-c", "exec \"$0\" \"$@\" >/dev/null 2>&1", program } };
        foreach (var argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using var process = Process.Start(start)!; // started, or an exception
        await process.WaitForExitAsync(cancellationToken);
    }
}
