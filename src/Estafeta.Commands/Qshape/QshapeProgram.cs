using System.Text;
using Estafeta.Commands.CommandLine;
using Estafeta.Commands.QueueAccess;

namespace Estafeta.Commands.Qshape;

/// <summary>qshape(1): the age of the mail in the queue by domain, which shows at a glance where it is stuck.</summary>
public static class QshapeProgram
{
    public const string Name = "qshape";

    public static Task<int> RunAsync(IReadOnlyList<string> arguments) => CommandProgram.RunAsync(Name, async log =>
    {
        var options = QshapeOptions.Read(arguments);
        var parameters = CommandProgram.Load(options.ConfigDirectory, log);
        var now = TimeProvider.System.GetUtcNow();
        var table = new AgeTable(options);
        await foreach (var message in QueueListingSource.OpenAsync(parameters, log, isDownWorthAWarning: false))
        {
            if (!options.Queues.Contains(message.Queue))
            {
                continue;
            }

            var age = now - message.ArrivalTime;
            if (options.CountsSenders)
            {
                table.Add(Domain(message.Sender.Length > 0 ? message.Sender : "MAILER-DAEMON"), age);
                continue;
            }

            foreach (var recipient in message.Recipients)
            {
                table.Add(Domain(recipient.Address), age);
            }
        }

        await using var output = new StreamWriter(log.Streams.Output, new UTF8Encoding(false)) { NewLine = "\n" };
        table.Write(output);
        return 0;
    });

    private static string Domain(string address) => address[(address.LastIndexOf('@') + 1)..].ToLowerInvariant() is var domain && address.Contains('@', StringComparison.Ordinal)
        ? domain
        : address;
}
