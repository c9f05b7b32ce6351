using System.Text;
using Estafeta.Services.Logging;
using Estafeta.Unix;
using Estafeta.Unix.Files;
using Estafeta.Unix.Identity;

namespace Estafeta.Daemons.Local;

/// <summary>Reads .forward and :include: files with the rights of the user they speak for. A file others could have written is not believed.</summary>
public sealed class ForwardFiles(IMailLog log)
{
    private const int MaximumOctets = 16 * 1024 * 1024;

    /// <summary>The text of the first file of the search list that counts; null when there is none.</summary>
    public async Task<(string Path, string Text)?> FindAsync(IReadOnlyList<string> paths, UserAccount user)
    {
        var warnings = new List<string>();
        var found = await ThreadIdentity.RunAsync(user.Uid, user.Gid, [user.Gid], () => Find(paths, warnings));
        warnings.ForEach(log.Warning);
        return found;
    }

    /// <summary>The text of an :include: file, or null after saying why not.</summary>
    public async Task<(string Text, UserAccount? Owner)?> IncludeAsync(string path, UserAccount? reader)
    {
        if (!path.StartsWith('/'))
        {
            log.Warning($":include:{path} uses a relative path");
            return null;
        }

        var warnings = new List<string>();
        var found = reader == null
            ? Include(path, warnings)
            : await ThreadIdentity.RunAsync(reader.Uid, reader.Gid, [reader.Gid], () => Include(path, warnings));
        warnings.ForEach(log.Warning);
        return found == null ? null : (found.Value.Text, found.Value.Uid == 0 ? null : Accounts.FindUser(found.Value.Uid));
    }

    private static (string Path, string Text)? Find(IReadOnlyList<string> paths, List<string> warnings)
    {
        foreach (var path in paths)
        {
            try
            {
                if (FileStatus.Find(path, followsLinks: true) is not { } status)
                {
                    continue;
                }

                if (!status.IsRegular)
                {
                    warnings.Add($"file {path} is not a regular file");
                }
                else if (status.IsWorldWritable)
                {
                    warnings.Add($"file {path} is world writable");
                }
                else
                {
                    return (path, Read(path));
                }

                return null;
            }
            catch (UnixException e) when (e.Errno is Errno.EACCES or Errno.ENOTDIR or Errno.ELOOP)
            {
                // What its owner cannot reach does not forward.
            }
        }

        return null;
    }

    private static (string Text, uint Uid)? Include(string path, List<string> warnings)
    {
        try
        {
            if (FileStatus.Find(path, followsLinks: true) is not { } status)
            {
                warnings.Add($"unable to lookup :include: file {path}: {UnixException.Describe(Errno.ENOENT)}");
            }
            else if (!status.IsRegular)
            {
                warnings.Add($":include: file {path} is not a regular file");
            }
            else if (status.IsWorldWritable)
            {
                warnings.Add($":include: file {path} is world writable");
            }
            else
            {
                return (Read(path), status.Uid);
            }
        }
        catch (UnixException e)
        {
            warnings.Add($"unable to lookup :include: file {path}: {UnixException.Describe(e.Errno)}");
        }

        return null;
    }

    private static string Read(string path)
    {
        using var file = DurableFile.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking);
        var octets = new byte[Math.Min(MaximumOctets, file.GetLength())];
        return Encoding.UTF8.GetString(octets, 0, file.Read(octets, 0));
    }
}
