using System.Text;
using System.Text.Unicode;
using Estafeta.Commands.CommandLine;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.Files;
using Estafeta.Services.Logging;
using Estafeta.Tables;
using Estafeta.Tables.Files;
using Estafeta.Tables.Indexed;
using Estafeta.Tables.Text;
using Estafeta.Tables.Writing;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postmap;

/// <summary>
/// Makes a table from its source, adds to it from standard input, or takes keys out of it. When root makes a table from somebody else's source, it is
/// made as that user: root's hands do not reach into a directory that another user controls.
/// </summary>
internal sealed class TableUpdate(
    (string Type, string Name) table, TableCommandOptions options, TableSet tables, ITableSource source, CommandLog log)
{
    private const UnixFileMode DefaultMode =
        UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private readonly TableFlags _flags = options.FlagsFor(tables);
    private readonly Lazy<string> _berkeleyTarget = new(() => BerkeleyMigration.Target(table.Type, tables.Parameters));

    public async Task CreateAsync()
    {
        if (options.IsIncremental)
        {
            var added = InputLines.ReadAll(log.Streams.Input);
            await RunAsync(OwnerOfTable(), () => Fill(added, "stdin", DefaultMode));
            return;
        }

        var content = ReadSource();
        var owner = SourceOwner.Read(table.Name);
        var mode = options.InheritsMode ? DefaultMode & (owner.Mode | UnixFileMode.UserRead | UnixFileMode.UserWrite) : DefaultMode;
        await RunAsync(owner, () => Fill(content, table.Name, mode));
    }

    /// <returns>Whether at least one key was there.</returns>
    public Task<bool> DeleteAsync(IEnumerable<string> keys)
    {
        RequireWritable();
        return RunAsync(OwnerOfTable(), () => Guarded(() =>
        {
            var isFound = false;
            using var writer = Open(isIncremental: true, DefaultMode, expected: 0);
            foreach (var key in keys)
            {
                isFound |= writer.Delete(Fold(RawText.Encode(key)));
            }

            writer.Commit();
            return isFound;
        }));
    }

    // Root works as the owner, where there is another one; and nowhere that somebody else has in his hands.
    private Task<T> RunAsync<T>(SourceOwner owner, Func<T> work)
    {
        if (options.DropsPrivileges && Privileges.IsRoot && owner.User != 0)
        {
            return ThreadIdentity.RunAsync(owner.User, owner.Group, [owner.Group], work);
        }

        if (options.DropsPrivileges)
        {
            DirectoryTrust.Require(table.Name);
        }

        return Task.FromResult(work());
    }

    private SourceOwner OwnerOfTable() => Guarded(() =>
        IndexedTypes.FindFile(table.Type, table.Name, tables.Parameters) is { } path && File.Exists(path) ? SourceOwner.Read(path) : default);

    private bool Fill(byte[] content, string name, UnixFileMode mode) => Guarded(() =>
    {
        using var writer = Open(options.IsIncremental, mode, content.AsSpan().Count((byte)'\n'));
        var reader = new LogicalLines<byte>(content);
        while (reader.TryRead(out var line))
        {
            AddLine(writer, line, new SourcePlace(name, reader.LastLine));
        }

        foreach (var (key, value) in source.StandardEntries())
        {
            _ = writer.Delete(RawText.Encode(key));
            _ = writer.Add(RawText.Encode(key), RawText.Encode(value));
        }

        var isNew = BerkeleyMigration.IsMigrated(table.Type) && !File.Exists($"{table.Name}.{_berkeleyTarget.Value}");
        writer.Commit();
        if (BerkeleyMigration.RedirectNote(table.Type, table.Name, tables.Parameters) is { } note)
        {
            log.Info(note);
        }
        else if (isNew && tables.Parameters.Get(Parameters.NonBdbMigrationLogRedirect))
        {
            log.Info($"note: {table.Type}:{table.Name} is kept in {table.Name}.{_berkeleyTarget.Value} from now on");
        }

        return true;
    });

    private void AddLine(TableWriter writer, ReadOnlySpan<byte> line, SourcePlace place)
    {
        if ((_flags & TableFlags.Utf8) != 0 && !Utf8.IsValid(line))
        {
            log.Warning($"{place}: non-UTF-8 input \"{RawText.Decode(line)}\" -- ignoring this line");
            return;
        }

        if (!source.TryReadEntry(line, place, out var key, out var value))
        {
            return;
        }

        if (options.ValueIsFile)
        {
            value = RawText.Encode(FileContent.Encode(RawText.Decode(value)));
        }

        var stored = Fold(key);
        if (stored.Length > writer.LongestKey)
        {
            throw new CommandException($"{place}: the key has {stored.Length} octets, and a table of type {table.Type} can hold {writer.LongestKey}");
        }

        if (!writer.Add(stored, value))
        {
            log.Warning($"{writer.LogName}: duplicate entry: \"{RawText.Decode(stored)}\" ({place})");
        }
    }

    // Most keys are in lower case already and need no copy.
    private ReadOnlySpan<byte> Fold(ReadOnlySpan<byte> key) => !options.FoldsKeys || (Ascii.IsValid(key) && key.IndexOfAnyInRange((byte)'A', (byte)'Z') < 0)
        ? key
        : RawText.Encode(CaseFolding.Fold(RawText.Decode(key), (_flags & TableFlags.Utf8) != 0));

    private TableWriter Open(bool isIncremental, UnixFileMode mode, int expected) => TableWriterTypes.Open(table.Type, table.Name, new TableWriterOptions
    {
        IsIncremental = isIncremental,
        Duplicates = options.Duplicates,
        TerminatesWithNul = options.TerminatesWithNul,
        Mode = mode,
        ExpectedEntries = expected,
        BerkeleyTarget = BerkeleyMigration.IsMigrated(table.Type) ? _berkeleyTarget.Value : "",
        LmdbMapSize = tables.Parameters.Get(Parameters.LmdbMapSize),
    });

    private void RequireWritable()
    {
        if (table.Type is not ("lmdb" or "hash" or "btree" or "cdb" or "fail"))
        {
            throw new CommandException($"table {table.Type}:{table.Name}: delete operation is not supported");
        }
    }

    private byte[] ReadSource()
    {
        try
        {
            return File.ReadAllBytes(table.Name);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new CommandException($"open {table.Name}: {TableFile.Reason(e)}");
        }
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (TableUnavailableException e)
        {
            throw new CommandException(e.Message);
        }
        catch (DllNotFoundException e)
        {
            throw new CommandException(MissingLibrary.Describe(table.Type, e));
        }
        catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            throw new CommandException($"table {table.Type}:{table.Name}: write error: {e.Message}");
        }
    }
}
