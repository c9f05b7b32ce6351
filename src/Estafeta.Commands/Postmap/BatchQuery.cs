using Estafeta.Commands.CommandLine;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.Text;

namespace Estafeta.Commands.Postmap;

/// <summary>Takes the answers of one indexed table to many keys, octets in and octets out.</summary>
internal sealed class BatchQuery(string table, EntryOutput output, CommandLog log) : ITableAnswers
{
    public bool IsFound { get; private set; }

    public static CommandException Failure(string table, string? reason) => new($"table {table}: query error: {reason}");

    public static void WarnOfEmpty(CommandLog log, string table, string key)
    {
        log.Warning($"table {table}: key {key}: empty string result is not allowed");
        log.Warning($"table {table} should return NO RESULT in case of NOT FOUND");
    }

    public void Add(ReadOnlySpan<byte> key, LookupOutcome outcome, ReadOnlySpan<byte> value, string? reason)
    {
        switch (outcome)
        {
            case LookupOutcome.NotFound:
                return;
            case LookupOutcome.Trouble:
                throw Failure(table, reason);
        }

        if (value.IsEmpty)
        {
            WarnOfEmpty(log, table, RawText.Decode(key));
        }

        output.AddEntry(table, key, value);
        IsFound = true;
    }
}
