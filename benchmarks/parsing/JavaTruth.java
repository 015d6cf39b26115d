// What the JDK's own parser finds in Java files: one JSON line per method, for the scoring of our parser.
// Run:  java --add-exports jdk.compiler/com.sun.tools.javac.tree=ALL-UNNAMED
//            --add-exports jdk.compiler/com.sun.tools.javac.code=ALL-UNNAMED  JavaTruth.java FILE_WITH_PATHS

import com.sun.source.tree.*;
import com.sun.source.util.*;
import com.sun.tools.javac.code.Flags;
import com.sun.tools.javac.tree.JCTree;
import java.io.*;
import java.nio.charset.StandardCharsets;
import java.nio.file.*;
import java.util.*;
import javax.tools.*;

public class JavaTruth {
  public static void main(String[] arguments) throws Exception {
    PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, "UTF-8");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    for (String line : Files.readAllLines(Path.of(arguments[0]), StandardCharsets.UTF_8)) {
      DiagnosticCollector<JavaFileObject> problems = new DiagnosticCollector<>();
      StandardJavaFileManager files = compiler.getStandardFileManager(problems, null, StandardCharsets.UTF_8);
      JavacTask task =
          (JavacTask) compiler.getTask(null, files, problems, List.of("-proc:none"), null, files.getJavaFileObjects(line));
      StringBuilder found = new StringBuilder();
      for (CompilationUnitTree unit : task.parse()) {
        new Scanner(line, unit, DocTrees.instance(task), found).scan(unit, null);
      }
      boolean broken =
          problems.getDiagnostics().stream().anyMatch(problem -> problem.getKind() == Diagnostic.Kind.ERROR);
      out.println("{\"file\": " + quoted(line) + ", \"broken\": " + broken + ", \"functions\": [" + found + "]}");
    }
    out.flush();
  }

  static String quoted(String text) {
    StringBuilder result = new StringBuilder("\"");
    for (char c : text.toCharArray()) {
      if (c == '"' || c == '\\') result.append('\\').append(c);
      else if (c < 32 || c > 126) result.append(String.format("\\u%04x", (int) c));
      else result.append(c);
    }
    return result.append('"').toString();
  }

  static final class Scanner extends TreePathScanner<Void, Void> {
    final CompilationUnitTree unit;
    final SourcePositions positions;
    final LineMap lines;
    final DocTrees docs;
    final StringBuilder out;
    final Deque<String> names = new ArrayDeque<>();
    final Deque<List<String>> calls = new ArrayDeque<>();
    boolean enumBody;

    Scanner(String file, CompilationUnitTree unit, DocTrees docs, StringBuilder out) {
      this.unit = unit;
      this.positions = docs.getSourcePositions();
      this.lines = unit.getLineMap();
      this.docs = docs;
      this.out = out;
    }

    @Override
    public Void visitClass(ClassTree node, Void nothing) {
      boolean named = !node.getSimpleName().toString().isEmpty();
      boolean push = named || !enumBody;
      enumBody = false;
      // What a class body calls outside its methods belongs to no method of ours but the one around it.
      if (push) names.addLast(named ? node.getSimpleName().toString() : "<anon>");
      super.visitClass(node, nothing);
      if (push) names.removeLast();
      return null;
    }

    @Override
    public Void visitVariable(VariableTree node, Void nothing) {
      boolean constant = (((JCTree.JCVariableDecl) node).mods.flags & Flags.ENUM) != 0;
      boolean body =
          constant && node.getInitializer() instanceof NewClassTree
              && ((NewClassTree) node.getInitializer()).getClassBody() != null;
      if (body) names.addLast(node.getName().toString());
      enumBody = body;
      super.visitVariable(node, nothing);
      if (body) names.removeLast();
      return null;
    }

    @Override
    public Void visitMethod(MethodTree node, Void nothing) {
      String name = node.getName().toString();
      if (name.equals("<init>")) name = names.peekLast();
      List<String> own = new ArrayList<>();
      calls.addLast(own);
      names.addLast(name);
      String qualified = String.join(".", names);
      super.visitMethod(node, nothing);
      names.removeLast();
      calls.removeLast();
      long start = positions.getStartPosition(unit, node);
      long end = positions.getEndPosition(unit, node);
      String doc = docs.getDocComment(getCurrentPath());
      if (out.length() > 0) out.append(", ");
      out.append("{\"name\": ").append(quoted(name));
      out.append(", \"qualified_name\": ").append(quoted(qualified));
      out.append(", \"start_line\": ").append(lines.getLineNumber(start));
      out.append(", \"end_line\": ").append(lines.getLineNumber(end - 1));
      out.append(", \"name_line\": ").append(lines.getLineNumber(((JCTree.JCMethodDecl) node).pos));
      out.append(", \"docstring\": ").append(quoted(doc == null ? "" : doc));
      out.append(", \"calls\": [");
      for (int i = 0; i < own.size(); i++) out.append(i > 0 ? ", " : "").append(quoted(own.get(i)));
      out.append("]}");
      return null;
    }

    @Override
    public Void visitMethodInvocation(MethodInvocationTree node, Void nothing) {
      call(node.getMethodSelect());
      return super.visitMethodInvocation(node, nothing);
    }

    @Override
    public Void visitNewClass(NewClassTree node, Void nothing) {
      boolean outside = enumBody;
      if (!outside) call(node.getIdentifier());
      return super.visitNewClass(node, nothing);
    }

    @Override
    public Void visitAnnotation(AnnotationTree node, Void nothing) {
      return null;
    }

    void call(Tree callee) {
      if (calls.isEmpty()) return;
      while (callee instanceof AnnotatedTypeTree) callee = ((AnnotatedTypeTree) callee).getUnderlyingType();
      if (callee instanceof ParameterizedTypeTree) callee = ((ParameterizedTypeTree) callee).getType();
      while (callee instanceof AnnotatedTypeTree) callee = ((AnnotatedTypeTree) callee).getUnderlyingType();
      if (callee instanceof MemberSelectTree) calls.peekLast().add(((MemberSelectTree) callee).getIdentifier().toString());
      else if (callee instanceof IdentifierTree) calls.peekLast().add(((IdentifierTree) callee).getName().toString());
    }
  }
}
