using Estafeta.Tables.Files;

namespace Estafeta.Commands.Postmap;

/// <summary>Whose the source file is, and what it lets others do.</summary>
internal readonly record struct SourceOwner(uint User, uint Group, UnixFileMode Mode)
{
    public static SourceOwner Read(string path)
    {
        _ = FileStamp.TryReadOwner(path, out var user, out var group);
        return new SourceOwner(user, group, File.GetUnixFileMode(path));
    }
}
