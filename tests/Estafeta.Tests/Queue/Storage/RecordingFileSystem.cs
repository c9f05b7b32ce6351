using Estafeta.Unix.Files;

namespace Estafeta.Tests.Queue.Storage;

/// <summary>Does everything on the real disk and writes down what was done, in order; marks tell where the test stood.</summary>
internal sealed class RecordingFileSystem(string root) : DurableFileSystem
{
    private readonly List<DiskStep> _steps = [];

    public IReadOnlyList<DiskStep> Steps
    {
        get
        {
            lock (_steps)
            {
                return [.. _steps];
            }
        }
    }

    public void Mark(object mark) => Note(new DiskStep(DiskStepKind.Mark, "") { Mark = mark });

    public override DurableFile Open(string path, OpenFlags flags, UnixFileMode mode)
    {
        var isNew = flags.HasFlag(OpenFlags.Create) && !File.Exists(path);
        var file = base.Open(path, flags, mode);
        if (isNew)
        {
            Note(new DiskStep(DiskStepKind.Create, Relative(path)));
        }

        return file;
    }

    public override void Write(DurableFile file, ReadOnlySpan<byte> octets, long offset)
    {
        base.Write(file, octets, offset);
        Note(new DiskStep(DiskStepKind.Write, Relative(file.Path)) { Octets = octets.ToArray(), Offset = offset });
    }

    public override void SyncData(DurableFile file)
    {
        base.SyncData(file);
        Note(new DiskStep(DiskStepKind.Sync, Relative(file.Path)));
    }

    public override void Sync(DurableFile file)
    {
        base.Sync(file);
        Note(new DiskStep(DiskStepKind.Sync, Relative(file.Path)));
    }

    public override void Allocate(DurableFile file, long length)
    {
        base.Allocate(file, length);
        Note(new DiskStep(DiskStepKind.Allocate, Relative(file.Path)) { Offset = length });
    }

    public override bool Delete(string path)
    {
        var deleted = base.Delete(path);
        Note(new DiskStep(DiskStepKind.Delete, Relative(path)));
        return deleted;
    }

    public override void SyncDirectory(string path)
    {
        base.SyncDirectory(path);
        Note(new DiskStep(DiskStepKind.SyncDirectory, Relative(path)));
    }

    public override bool CreateDirectory(string path, UnixFileMode mode)
    {
        var created = base.CreateDirectory(path, mode);
        Note(new DiskStep(DiskStepKind.CreateDirectory, Relative(path)));
        return created;
    }

    private string Relative(string path) => Path.GetRelativePath(root, path);

    private void Note(DiskStep step)
    {
        lock (_steps)
        {
            _steps.Add(step);
        }
    }
}

internal enum DiskStepKind
{
    Mark,
    Create,
    Write,
    Sync,
    Allocate,
    Delete,
    SyncDirectory,
    CreateDirectory,
}

internal sealed record DiskStep(DiskStepKind Kind, string Path)
{
    public byte[] Octets { get; init; } = [];

    /// <summary>Of a write; the length of an allocation.</summary>
    public long Offset { get; init; }

    public object? Mark { get; init; }
}
