using System.Globalization;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Services.Logging;
using Estafeta.Unix.Processes;

namespace Estafeta.Commands.Postfix;

/// <summary><c>postfix logrotate</c>: renames maillog_file with a time in its name, makes postlogd open a new one, and compresses the old.</summary>
internal sealed class LogRotation(ParameterSet parameters, IMailLog log)
{
    private static readonly TimeSpan Settle = TimeSpan.FromSeconds(1);

    public int Run(MasterControl control)
    {
        var path = parameters.Get(Parameters.MaillogFile);
        if (path.Length == 0 || path.StartsWith("/dev/", StringComparison.Ordinal))
        {
            log.Write(LogSeverity.Fatal, $"logrotate: {(path.Length == 0 ? "maillog_file is empty" : $"not possible with maillog_file = {path}")}");
            return 1;
        }

        var rotated = $"{path}.{Suffix()}";
        if (File.Exists(rotated))
        {
            log.Write(LogSeverity.Fatal, $"logrotate: file exists: {rotated}");
            return 1;
        }

        File.Move(path, rotated);
        if (control.RequireRunning() == null)
        {
            control.Reload();

            // Lines on their way still go to the old file.
            Thread.Sleep(Settle);
        }

        return Compress(rotated);
    }

    private string Suffix()
    {
        var now = TimeProvider.System.GetLocalNow();
        var suffix = new System.Text.StringBuilder();
        var format = parameters.Get(Parameters.MaillogFileRotateSuffix);
        for (var i = 0; i < format.Length; i++)
        {
            if (format[i] != '%' || i + 1 == format.Length)
            {
                suffix.Append(format[i]);
                continue;
            }

            i++;
            suffix.Append(format[i] switch
            {
                'Y' => now.ToString("yyyy", CultureInfo.InvariantCulture),
                'm' => now.ToString("MM", CultureInfo.InvariantCulture),
                'd' => now.ToString("dd", CultureInfo.InvariantCulture),
                'H' => now.ToString("HH", CultureInfo.InvariantCulture),
                'M' => now.ToString("mm", CultureInfo.InvariantCulture),
                'S' => now.ToString("ss", CultureInfo.InvariantCulture),
                's' => now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
                'j' => now.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                '%' => "%",
                var other => throw new ConfigurationException($"{Parameters.MaillogFileRotateSuffix.Name}: unknown conversion %{other}"),
            });
        }

        return suffix.ToString();
    }

    private int Compress(string path)
    {
        using var compressor = ChildProcess.Spawn(new SpawnRequest
        {
            Path = "/bin/sh",
            Arguments = ["sh", "-c", "exec $0 \"$1\"", parameters.Get(Parameters.MaillogFileCompressor), path],
            Environment = SpawnRequest.CurrentEnvironment(),
            Descriptors = [-1, 1, 2],
        });
        return compressor.Wait().Code;
    }
}
