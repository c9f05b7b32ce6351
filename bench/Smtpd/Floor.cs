using System.Diagnostics;
using Estafeta.Bench.Load.Servers;

namespace Estafeta.Bench.Smtpd;

/// <summary>
/// Postfix's smtp-sink, which says no to every recipient without looking at it, and logs nothing: what the connection and the replies cost by
/// themselves. The floor under every server.
/// </summary>
internal sealed class Floor(int port) : IServer
{
    private Process? _process;

    public string Name => "smtp-sink";

    public int Port => port;

    public int MasterPid => _process!.Id; // between Start and Stop

    public void Start()
    {
        _process = Process.Start("smtp-sink", ["-u", "postfix", "-f", "RCPT", "-B", "550 5.1.1 no", $"127.0.0.1:{port}", "1000"]);
        while (!MailServer.CanConnect(port))
        {
            Thread.Sleep(20);
        }
    }

    public void Stop()
    {
        _process!.Kill(); // as above
        _process.WaitForExit();
        _process.Dispose();
    }

    public void Dispose()
    {
        // Stopped after each run.
    }
}
