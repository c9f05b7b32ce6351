using Estafeta.Commands.CommandLine;
using Estafeta.Tables.Files;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postmap;

/// <summary>
/// Root does not make or change table files where somebody else can exchange them, or the directories they are in, under its hands: the work of root
/// would go where that user wants. As the owner of the source, to whom postmap drops by itself, it is harmless; <c>-o</c> insists on root.
/// </summary>
internal static class DirectoryTrust
{
    private const UnixFileMode WritableByGroup = UnixFileMode.GroupWrite;
    private const UnixFileMode WritableByOthers = UnixFileMode.OtherWrite;

    /// <exception cref="CommandException">We are root and somebody else has power over the file's directory.</exception>
    public static void Require(string path)
    {
        if (!Privileges.IsRoot)
        {
            return;
        }

        var directory = Path.GetDirectoryName(Path.GetFullPath(path));
        var target = directory == null ? null : new DirectoryInfo(directory).ResolveLinkTarget(returnFinalTarget: true)?.FullName;
        foreach (var start in new[] { directory, target })
        {
            for (var at = start; at != null; at = Path.GetDirectoryName(at))
            {
                if (Problem(at) is { } problem)
                {
                    throw new CommandException($"{path}: refusing to write as root below {at}: {problem}; give the source file to that user, or use -o");
                }
            }
        }
    }

    private static string? Problem(string directory)
    {
        if (!FileStamp.TryReadOwner(directory, out var user, out var group))
        {
            return null;
        }

        var mode = File.GetUnixFileMode(directory);
        if (user != 0)
        {
            return $"it belongs to user {Accounts.FindUser(user)?.Name ?? user.ToString(System.Globalization.CultureInfo.InvariantCulture)}";
        }

        // In a sticky directory such as /tmp others cannot exchange what is ours.
        return (mode & UnixFileMode.StickyBit) == 0 && ((mode & WritableByOthers) != 0 || ((mode & WritableByGroup) != 0 && group != 0))
            ? "others can write to it"
            : null;
    }
}
