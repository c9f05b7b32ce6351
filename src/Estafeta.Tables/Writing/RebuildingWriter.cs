using Estafeta.Tables.Indexed;
using Estafeta.Tables.Lmdb;

namespace Estafeta.Tables.Writing;

/// <summary>Writes a file's worth of entries to the path and closes it.</summary>
internal delegate void TableFileBuilder(string path, TableEntries entries, TableWriterOptions options);

/// <summary>Gathers all entries and writes a new file that replaces the old.</summary>
internal sealed class RebuildingWriter : TableWriter
{
    private readonly TableWriterOptions _options;
    private readonly TableFileBuilder _build;
    private readonly TableEntries _entries;
    private readonly FileReplacement _replacement;
    private readonly bool _terminates;
    private byte[] _keyRoom = [];
    private byte[] _valueRoom = [];

    public RebuildingWriter(string path, string logName, TableWriterOptions options, bool terminates, TableFileBuilder build)
    {
        LogName = logName;
        _options = options;
        _build = build;
        _entries = new TableEntries(options.ExpectedEntries);
        _terminates = options.TerminatesWithNul ?? terminates;
        _replacement = new FileReplacement(path, options.Mode);
    }

    public override string LogName { get; }

    public override int LongestKey => _build == LmdbBuilder.Write ? LmdbLibrary.LongestKey - (_terminates ? 1 : 0) : base.LongestKey;

    /// <summary>Begins with what another file holds; disposes it.</summary>
    public void Load(IndexedFile file)
    {
        using (file)
        {
            foreach (var (key, value) in file.ReadAll())
            {
                _entries.Set(key, value);
            }
        }
    }

    public override bool Add(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        var stored = _terminates ? Terminated(key, ref _keyRoom) : key;
        var content = _terminates ? Terminated(value, ref _valueRoom) : value;
        if (_entries.TryAdd(stored, content))
        {
            return true;
        }

        if (_options.Duplicates == DuplicateRule.Replace)
        {
            _entries.Set(stored, content);
        }

        return _options.Duplicates != DuplicateRule.Warn;
    }

    public override bool Delete(ReadOnlySpan<byte> key) => _entries.Remove(Terminated(key)) || _entries.Remove(key);

    public override void Commit()
    {
        _build(_replacement.TemporaryPath, _entries, _options);
        _replacement.Commit();
    }

    public override void Dispose()
    {
        _replacement.Dispose();
        base.Dispose();
    }
}
