namespace Estafeta.Tests.Queue.Storage;

/// <summary>
/// A directory as a crash may leave it. After a kill all writes are there. After a power loss only what was synced is sure; of the
/// pages written since, any subset may have reached the disk, new names and removals may be undone until their directory is synced.
/// </summary>
internal static class CrashImage
{
    private const int PageOctets = 4096;

    public static void AfterKill(IEnumerable<DiskStep> steps, string root)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var step in steps)
        {
            ApplyDirectory(step, root);
            switch (step.Kind)
            {
                case DiskStepKind.Create:
                    files[step.Path] = [];
                    break;
                case DiskStepKind.Delete:
                    files.Remove(step.Path);
                    break;
                case DiskStepKind.Allocate:
                    files[step.Path] = Resize(files[step.Path], step.Offset);
                    break;
                case DiskStepKind.Write:
                    // A file that was unlinked while open: nobody finds it again.
                    if (files.TryGetValue(step.Path, out var octets))
                    {
                        files[step.Path] = Put(octets, step.Octets, step.Offset);
                    }

                    break;
                default:
                    break;
            }
        }

        Store(files, root);
    }

    public static void AfterPowerLoss(IEnumerable<DiskStep> steps, string root, Random random)
    {
        var files = new Dictionary<string, DiskFile>();
        foreach (var step in steps)
        {
            ApplyDirectory(step, root);
            switch (step.Kind)
            {
                case DiskStepKind.Create:
                    files[step.Path] = new DiskFile();
                    break;
                case DiskStepKind.SyncDirectory:
                    foreach (var (path, file) in files.Where(f => Path.GetDirectoryName(f.Key) == step.Path).ToList())
                    {
                        file.IsNameDurable = true;
                        if (file.IsDeleted)
                        {
                            files.Remove(path);
                        }
                    }

                    break;
                default:
                    if (files.TryGetValue(step.Path, out var changed))
                    {
                        changed.Apply(step);
                    }

                    break;
            }
        }

        var left = new Dictionary<string, byte[]>();
        foreach (var (path, file) in files)
        {
            var mayBeGone = !file.IsNameDurable || file.IsDeleted;
            if (!mayBeGone || random.Next(2) == 0)
            {
                left[path] = file.Settle(random);
            }
        }

        Store(left, root);
    }

    private static void ApplyDirectory(DiskStep step, string root)
    {
        if (step.Kind == DiskStepKind.CreateDirectory)
        {
            Directory.CreateDirectory(Path.Combine(root, step.Path));
        }
    }

    private static void Store(Dictionary<string, byte[]> files, string root)
    {
        foreach (var (path, octets) in files)
        {
            File.WriteAllBytes(Path.Combine(root, path), octets);
        }
    }

    private static byte[] Resize(byte[] octets, long length)
    {
        Array.Resize(ref octets, (int)Math.Max(length, octets.Length));
        return octets;
    }

    private static byte[] Put(byte[] octets, byte[] written, long offset)
    {
        octets = Resize(octets, offset + written.Length);
        written.CopyTo(octets, offset);
        return octets;
    }

    private sealed class DiskFile
    {
        private readonly List<DiskStep> _unsynced = [];
        private byte[] _durable = [];

        public bool IsNameDurable { get; set; }

        public bool IsDeleted { get; private set; }

        public void Apply(DiskStep step)
        {
            switch (step.Kind)
            {
                case DiskStepKind.Write or DiskStepKind.Allocate:
                    _unsynced.Add(step);
                    break;
                case DiskStepKind.Sync:
                    _unsynced.ForEach(s => _durable = s.Kind == DiskStepKind.Write ? Put(_durable, s.Octets, s.Offset) : Resize(_durable, s.Offset));
                    _unsynced.Clear();
                    break;
                case DiskStepKind.Delete:
                    IsDeleted = true;
                    break;
                default:
                    break;
            }
        }

        /// <summary>What is left: each page since the last sync is there or not; the file may have kept its old length.</summary>
        public byte[] Settle(Random random)
        {
            var octets = _durable;
            foreach (var step in _unsynced)
            {
                if (step.Kind == DiskStepKind.Allocate)
                {
                    octets = random.Next(2) == 0 ? Resize(octets, step.Offset) : octets;
                    continue;
                }

                for (var at = 0; at < step.Octets.Length;)
                {
                    var length = (int)Math.Min(PageOctets - ((step.Offset + at) % PageOctets), step.Octets.Length - at);
                    if (random.Next(2) == 0)
                    {
                        octets = Put((byte[])octets.Clone(), step.Octets[at..(at + length)], step.Offset + at);
                    }

                    at += length;
                }
            }

            return octets;
        }
    }
}
