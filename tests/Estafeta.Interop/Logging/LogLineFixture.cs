using Estafeta.Interop.Installation;
using Estafeta.TestSystem;

namespace Estafeta.Interop.Logging;

/// <summary>The logs of traffic.sh, by both programs.</summary>
public sealed class LogLineFixture
{
    private readonly Lazy<(MailLogText Theirs, MailLogText Ours)> _logs = new(Run);

    /// <summary>Why there are none here, or null.</summary>
    public static string? Obstacle => ThrowawaySystem.Obstacle
        ?? (File.Exists("/usr/lib/postfix/sbin/master") && File.Exists("/usr/sbin/qmqp-source") ? null : "Postfix is not installed: apt-get install postfix");

    internal MailLogText Theirs => _logs.Value.Theirs;

    internal MailLogText Ours => _logs.Value.Ours;

    private static (MailLogText Theirs, MailLogText Ours) Run()
    {
        var script = InstalledSystem.Script("Logging/traffic.sh");
        string theirs = "", ours = "";
        Parallel.Invoke(() => theirs = ThrowawaySystem.Run(script).Output, () => ours = ThrowawaySystem.Run(InstalledSystem.WithLinks + script).Output);
        return (new MailLogText(theirs), new MailLogText(ours));
    }
}
