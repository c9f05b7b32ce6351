using System.Runtime.InteropServices;
using Estafeta.Configuration;
using Estafeta.Configuration.Catalogue;
using Estafeta.Configuration.MasterCf;
using Estafeta.Services.Logging;
using Estafeta.Unix.Identity;

namespace Estafeta.Commands.Postfix;

/// <summary>
/// <c>postfix check</c>, and the first part of every start: creates what is missing below the queue directory, and reports wrong owners and
/// modes. Wrong owners of what the daemons must write are errors; the rest are warnings, as in Postfix.
/// </summary>
internal sealed class IntegrityCheck(ParameterSet parameters, InstanceOwners owners, IMailLog log)
{
    private const uint GroupOrOtherWrite = 0x12;
    private const UnixFileMode ConfigurationMode = (UnixFileMode)0x1A4; // 644
    private const UnixFileMode SetgidMode = (UnixFileMode)0x5ED; // 2755

    private static readonly string[] SetgidCommands = ["postdrop", "postlog", "postqueue"];

    /// <summary>False when the mail system would not work; the reasons are logged.</summary>
    public bool Run()
    {
        try
        {
            foreach (var warning in MasterCfFile.Load(parameters.ConfigDirectory).Warnings)
            {
                log.Warning(warning);
            }
        }
        catch (ConfigurationException e)
        {
            log.Write(LogSeverity.Fatal, e.Message);
            return false;
        }

        var isGood = HasOpenSsl();
        foreach (var directory in QueueLayout.Of(parameters))
        {
            isGood &= Check(directory);
        }

        CheckConfiguration();
        return isGood;
    }

    // Not for TLS alone: the runtime takes random numbers from it, and a daemon that asks for one ends.
    private bool HasOpenSsl()
    {
        const string Library = "libssl.so.3";
        if (NativeLibrary.TryLoad(Library, out var handle))
        {
            NativeLibrary.Free(handle);
            return true;
        }

        log.Error($"OpenSSL 3 ({Library}) is not installed: apt-get install libssl3");
        return false;
    }

    /// <summary><c>postfix set-permissions</c>: owners, groups and modes as they should be, whatever they are.</summary>
    public void SetPermissions()
    {
        foreach (var directory in QueueLayout.Of(parameters))
        {
            if (FileOwnership.Of(directory.Path) == null)
            {
                Directory.CreateDirectory(directory.Path);
            }

            Apply(directory);
        }

        foreach (var name in new[] { "main.cf", "master.cf" })
        {
            var path = Path.Combine(parameters.ConfigDirectory, name);
            if (Privileges.IsRoot && FileOwnership.Of(path) != null)
            {
                FileOwnership.Set(path, owners.RootUid, null);
                File.SetUnixFileMode(path, ConfigurationMode);
            }
        }

        foreach (var name in SetgidCommands)
        {
            if (Privileges.IsRoot && owners.SetgidGid is { } group && SetgidProgram(name) is { } path)
            {
                // Changing the owner takes the bit away.
                FileOwnership.Set(path, owners.RootUid, group);
                File.SetUnixFileMode(path, SetgidMode);
            }
        }
    }

    private bool Check(LayoutDirectory directory)
    {
        if (FileOwnership.Of(directory.Path) is not { } found)
        {
            Directory.CreateDirectory(directory.Path);
            Apply(directory);
            return true;
        }

        if (directory.Owner == LayoutOwner.Root && (found.Mode & GroupOrOtherWrite) != 0)
        {
            log.Warning($"group or other writable: {directory.Path}/.");
        }

        if (found.Uid == owners.UidOf(directory.Owner))
        {
            return true;
        }

        var text = $"not owned by {owners.NameOf(directory.Owner, parameters)}: {directory.Path}/.";
        if (directory.Owner == LayoutOwner.Root)
        {
            log.Warning(text);
            return true;
        }

        log.Error(text);
        return false;
    }

    private void CheckConfiguration()
    {
        foreach (var name in new[] { ".", "main.cf", "master.cf" })
        {
            var path = Path.Combine(parameters.ConfigDirectory, name);
            if (FileOwnership.Of(path) is not { } found)
            {
                continue;
            }

            if (found.Uid != owners.RootUid)
            {
                log.Warning($"not owned by {owners.NameOf(LayoutOwner.Root, parameters)}: {path}");
            }

            if ((found.Mode & GroupOrOtherWrite) != 0)
            {
                log.Warning($"group or other writable: {path}");
            }
        }

        CheckSetgid("postdrop");
        CheckSetgid("postqueue");
    }

    private void CheckSetgid(string command)
    {
        const uint SetGroupId = 0x400;
        const uint AllExecute = 0x49;
        if (owners.SetgidGid is { } group && SetgidProgram(command) is { } path && FileOwnership.Of(path) is { } found && (found.Gid != group || (found.Mode & (SetGroupId | AllExecute)) != (SetGroupId | AllExecute)))
        {
            log.Warning($"not owned by group {parameters.Get(Parameters.SetgidGroup)} or not set-gid: {path}");
        }
    }

    // The file behind the command's name; null when there is none, or it is a link to the one executable: a private instance's, whose user needs no other group.
    private string? SetgidProgram(string command)
    {
        var name = Path.Combine(parameters.Get(Parameters.CommandDirectory), command);
        if (!File.Exists(name))
        {
            return null;
        }

        var path = File.ResolveLinkTarget(name, returnFinalTarget: true)?.FullName ?? name;
        return Path.GetFileName(path) == "estafeta" ? null : path;
    }

    private void Apply(LayoutDirectory directory)
    {
        if (Privileges.IsRoot)
        {
            FileOwnership.Set(directory.Path, owners.UidOf(directory.Owner), directory.HasSetgidGroup ? owners.SetgidGid : null);
        }

        File.SetUnixFileMode(directory.Path, directory.Mode);
    }
}
