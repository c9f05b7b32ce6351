using System.Diagnostics;

namespace Estafeta.Bench.Load.Servers;

/// <summary>Postfix's smtp-sink, which ends when it has got so many messages.</summary>
internal sealed class SmtpSink : IDisposable
{
    private SmtpSink(Process process) => Process = process;

    public Process Process { get; }

    public static SmtpSink Start(int port, int messages)
    {
        var sink = new SmtpSink(Process.Start("smtp-sink", ["-u", "postfix", "-m", "1000", "-M", Text.Of(messages), $"127.0.0.1:{port}", "1000"]));
        while (!MailServer.CanConnect(port))
        {
            Thread.Sleep(20);
        }

        return sink;
    }

    public void Dispose()
    {
        if (!Process.HasExited)
        {
            Process.Kill();
            Process.WaitForExit();
        }

        Process.Dispose();
    }
}
